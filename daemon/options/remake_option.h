/* The option --remake[=OUTPUT,...] of `run` and `plan`. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* text: the option's value; NULL if it was not given, "" for all outputs. *ret_names, owned by the caller, is
 * NULL if it was not given, and empty for all. FALSE after printing what is wrong: none of the jobs (of Config)
 * has such an output, or the destination.state of one is none. */
gboolean remake_option_parse(const char *command, const char *text, const GPtrArray *jobs, GStrv *ret_names);

/* The names for one of several jobs, owned by the caller: those of its own outputs; NULL if it has none of them. */
GStrv remake_option_of(char *const *names, const Config *config);
