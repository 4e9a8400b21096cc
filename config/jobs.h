/* The jobs of a configuration: each is a complete Config of its own, in which what the jobs share (workers,
 * limits, retries, ...) is the same. A file without `jobs` is one job. Used by the main process.
 *
 * Mistakes are those of config_load(), each with its file; what is wrong between the jobs (config/job_checks.h)
 * is only searched for if each is valid by itself. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* Reads and checks a file and the files that it includes. An array of Config with at least one, owned by the
 * caller. Class ERROR_CONFIG. */
GPtrArray *jobs_load(const char *path, GError **error);

/* The same for a text in memory, which cannot include files. name stands in for the path. */
GPtrArray *jobs_parse(const char *text, gsize size_bytes, const char *name, GError **error);

/* The job of this name, or NULL. */
const Config *jobs_find(const GPtrArray *jobs, const char *name);

/* The names of all jobs, separated by ", ", for people. Owned by the caller. */
char *jobs_names(const GPtrArray *jobs);

/* The configuration as YAML, like config_show(). jobs_parse() makes the same jobs of it. Owned by the
 * caller. */
char *jobs_show(const GPtrArray *jobs);
