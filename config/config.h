/* The configuration: one YAML file, checked and turned into plain structs.
 *
 * The main process parses the file (config_load) and sends the result to the supervisor as a GVariant
 * (config_to_variant, config_from_variant), so that the process with the credentials runs no YAML parser.
 * Parser, defaults, ranges, help and serialisation all use the tables in config/schema.c. A Config is
 * immutable and owns everything in it. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* An a{sv}, nested like the file. */
#define CONFIG_VARIANT_TYPE "a{sv}"

/* Reads and checks a file that is one job (config/jobs.h reads any), of at most LIMIT_CONFIG_BYTES. The
 * class is always ERROR_CONFIG; the text is one line "PATH:LINE:COLUMN: what is wrong" for each of the
 * first 20 mistakes, in the order of the file (only "PATH: ..." if it cannot be read). */
Config *config_load(const char *path, GError **error);

/* The same for a text in memory; name replaces the path in errors. text may be NULL if it is empty. */
Config *config_parse(const char *text, gsize size_bytes, const char *name, GError **error);

/* A floating variant of CONFIG_VARIANT_TYPE, without secrets (a configuration holds none). */
GVariant *config_to_variant(const Config *config);

/* Repeats the check of config_parse() that no output can feed the source, for callers that have filled in an
 * endpoint. Class ERROR_CONFIG, with the possible corrections. */
gboolean config_proves_no_loop(Config *config, GError **error);

/* Performs all checks of config_parse(). Class ERROR_INTERNAL: only our own processes send these variants. */
Config *config_from_variant(GVariant *variant, GError **error);

/* The configuration as YAML: presets, variables and scales resolved, with every default. config_parse() makes
 * the same configuration of it. Owned by the caller. */
char *config_show(const Config *config);

/* Text without control characters as a value that config_parse() reads back. Owned by the caller. */
char *config_quote(const char *text);

void config_free(Config *config);

/* Lists every key with its type, default, range and meaning, as text for a manual page. Owned by the
 * caller. */
char *config_describe(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)
