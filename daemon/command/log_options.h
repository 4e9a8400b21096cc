/* The options --log-format and --log-level, which several commands have. */
#pragma once

#include <glib.h>

#include "base/log.h"

/* Sets the log up; NULL: the option was not given. FALSE after printing what is wrong. */
gboolean log_options_apply(const char *format, const char *level, LogLevel default_level);
