/* The option --remake[=OUTPUT,...] of `run` and `plan`. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* text: the option's value; NULL if it was not given, "" for all outputs. *ret_names, owned by the caller, is
 * NULL if it was not given, and empty for all. FALSE after printing what is wrong: there is no such output,
 * or destination.state is none. */
gboolean remake_option_parse(const char *command, const char *text, const Config *config, GStrv *ret_names);
