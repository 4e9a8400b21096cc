/* The configuration: one YAML file, checked and turned into plain structs.
 *
 * The main process parses the file (config_load) and hands the result to the supervisor as a GVariant
 * (config_to_variant, config_from_variant), so that the holder of the credentials runs no YAML parser.
 * Parser, defaults, ranges, help and serialisation all come from the tables in config/schema.c. Nobody
 * changes a Config after it is made; everything in it is owned by it. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* An a{sv}, nested as the file is. */
#define CONFIG_VARIANT_TYPE "a{sv}"

/* Reads and checks a file of at most LIMIT_CONFIG_BYTES. Class ERROR_CONFIG always; the text is one line
 * "PATH:LINE:COLUMN: what is wrong" for each of the first 20 mistakes, in the order of the file (only
 * "PATH: ..." when it cannot be read). */
Config *config_load(const char *path, GError **error);

/* The same for a text at hand; name stands for the path in errors. text may be NULL if it is
 * empty. */
Config *config_parse(const char *text, gsize size_bytes, const char *name, GError **error);

/* A floating variant of CONFIG_VARIANT_TYPE, without secrets (a configuration holds none). */
GVariant *config_to_variant(const Config *config);

/* Whether no output can feed the source, as config_parse() has found; again, for whoever fills in an
 * endpoint. Class ERROR_CONFIG with the ways out. */
gboolean config_proves_no_loop(const Config *config, GError **error);

/* Checks everything that config_parse() checks. Class ERROR_INTERNAL: only our own processes send these. */
Config *config_from_variant(GVariant *variant, GError **error);

void config_free(Config *config);

/* Every key with its type, default, range and meaning, as text for a manual page. Owned by the caller. */
char *config_describe(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)
