/* Splits a command line into words without a shell, as AWS's tools do with a credential_process: nothing is
 * expanded, no character but white space, quotes and the backslash means anything. Supervisor only. Pure.
 *
 *   'single quotes'  everything in them is itself
 *   "double quotes"  the same, but for \" and \\
 *   \                the next character is itself
 *
 * (Python's shlex.split(), which AWS's command line uses.) */
#pragma once

#include <glib.h>

/* Of a command line; a profile's file has no more. */
#define COMMAND_LINE_MAX_BYTES (32u << 10)

/* One word at least. Class ERROR_PERMANENT: a quote that is not closed, a backslash at the end, nothing in
 * it, more than COMMAND_LINE_MAX_BYTES. Owned by the caller. */
GStrv command_line_split(const char *line, GError **error);
