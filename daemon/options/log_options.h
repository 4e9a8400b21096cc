/* The options --log-format and --log-level, which several commands have. */
#pragma once

#include <glib.h>

#include "base/log.h"

/* Sets up the log; format and level are NULL if their option was not given. FALSE after printing the
 * error. */
gboolean log_options_apply(const char *format, const char *level, LogLevel default_level);
