/* Splits a command line into words without a shell, as AWS's tools do with a credential_process. Nothing is
 * expanded; only white space, quotes and the backslash have a meaning. Supervisor only. Pure.
 *
 *     'single quotes'  all characters between them are literal
 *     "double quotes"  all characters between them are literal, except \" and \\
 *     \                the next character is literal
 *
 * (Python's shlex.split(), which AWS's command line uses.) */
#pragma once

#include <glib.h>

/* Limit of a command line, which comes from a profile's file. */
#define COMMAND_LINE_MAX_BYTES (32u << 10)

/* Returns at least one word. Class ERROR_PERMANENT: an unclosed quote, a backslash at the end, an empty line,
 * more than COMMAND_LINE_MAX_BYTES. Owned by the caller. */
GStrv command_line_split(const char *line, GError **error);
