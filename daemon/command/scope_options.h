/* The options with which run, plan and gc are limited to a part of the source. Used by the main process. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "batch/scope.h"

/* As given, or NULL. */
typedef struct {
    char *prefix;
    char *shard;
    char *shards;
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
/* clang-format on */

/* Makes the scope of command's options; it is the caller's to clear. FALSE after printing the error. */
gboolean scope_options_apply(const char *command, const ScopeOptions *options, Scope *ret_scope);

/* Prints by print what the run was limited to, and what it left out; nothing if it was not limited. */
void scope_options_tell(const RunReport *report, void (*print)(const char *format, ...) G_GNUC_PRINTF(1, 2));

void scope_options_clear(ScopeOptions *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScopeOptions, scope_options_clear)
