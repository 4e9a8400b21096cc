/* The options with which run, plan, gc and verify are limited to a part of the source. Used by the main
 * process. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "batch/scope.h"
#include "daemon/session/key_feed.h"

/* As given, or NULL. */
typedef struct {
    char *prefix;
    char *shard;
    char *shards;
    char *keys_from;
    char *keys_from0;
    char *failed_of;
    char *manifest;
} ScopeOptions;

/* GOptionEntry elements; o is a ScopeOptions. */
/* clang-format off */
#define SCOPE_OPTION_ENTRIES(o)                                                                              \
    {"prefix", 0, 0, G_OPTION_ARG_FILENAME, &(o).prefix,                                                     \
     "Only originals whose keys, relative to source.url, begin with this", "TEXT"},                          \
    {"shard", 0, 0, G_OPTION_ARG_STRING, &(o).shard,                                                         \
     "Only share I of N of the originals, 0/N to N-1/N; each original is in one of them", "I/N"},            \
    {"shards", 0, 0, G_OPTION_ARG_STRING, &(o).shards,                                                       \
     "The same; I is the environment variable " SCOPE_INDEX_VARIABLE ", as in an Indexed Job", "N"}

#define KEYS_OPTION_ENTRIES(o)                                                                               \
    {"keys-from", 0, 0, G_OPTION_ARG_FILENAME, &(o).keys_from,                                               \
     "Only the originals whose keys are in this file, one a line; - for standard input", "FILE"},            \
    {"keys-from0", 0, 0, G_OPTION_ARG_FILENAME, &(o).keys_from0, "The same, separated by NUL", "FILE"},      \
    {"failed-of", 0, 0, G_OPTION_ARG_FILENAME, &(o).failed_of,                                               \
     "Only the originals that failed according to this report of a run", "REPORT"},                          \
    {"manifest", 0, 0, G_OPTION_ARG_FILENAME, &(o).manifest,                                                 \
     "Only the originals in this manifest: CSV as for S3 Batch Operations, or an Inventory's manifest.json", "FILE"}
/* clang-format on */

/* Makes the scope of command's options; it is the caller's to clear. FALSE after printing the error. */
gboolean scope_options_apply(const char *command, const ScopeOptions *options, Scope *ret_scope);

/* Opens the list of keys that the options name, which is for one job. Without one *ret_feed is NULL; otherwise it
 * is the caller's. FALSE after printing the error. */
gboolean scope_options_open(const char *command, const ScopeOptions *options, const GPtrArray *jobs,
                            KeyFeed **ret_feed);

/* Prints by print what the run was limited to, and what it left out; nothing if it was not limited. */
void scope_options_tell(const RunReport *report, void (*print)(const char *format, ...) G_GNUC_PRINTF(1, 2));

void scope_options_clear(ScopeOptions *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScopeOptions, scope_options_clear)
