/* The option --job, with which a command is limited to some jobs of its configuration. Used by the main
 * process. Each function prints its own errors; the command must then exit with EXIT_CODE_USAGE. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"

/* A GOptionEntry element; names is a GStrv. */
/* clang-format off */
#define JOB_OPTION_ENTRY(names)                                                                              \
    {"job", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(names),                                                       \
     "Only this job of a configuration with several; may be given more than once", "NAME"}
/* clang-format on */

/* Loads the configuration: an array of Config, owned by the caller, of the jobs with these names (NULL for all)
 * in the order of the file. NULL after printing the error: path is NULL, the configuration is invalid, or there
 * is no such job. */
GPtrArray *job_options_load(const char *path, char *const *names);

/* The same for a command that works on one job. Owned by the caller. */
Config *job_options_load_one(const char *path, char *const *names);

/* Whether this machine can encode the outputs of all jobs (daemon/session/encoders.h). */
gboolean job_options_can_encode(const GPtrArray *jobs);

/* Prints a line with the name of the job by print, if there are several. */
void job_options_tell(const GPtrArray *jobs, const Config *job,
                      void (*print)(const char *format, ...) G_GNUC_PRINTF(1, 2));
