/* Standard output of a command. Text from g_print() is written in UTF-8 in every locale, with control
 * characters as \uNNNN. A command whose output was lost does not exit with success. Used by the main
 * process. */
#pragma once

#include <glib.h>

#include "daemon/protocol/exit_code.h"

/* Must be called first of all. Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed, so that
 * no file that is opened later becomes standard output; writing to them fails. */
void standard_output_begin(void);

/* Must be called last. Returns code; but if printed text could not be written, EXIT_CODE_FAILED instead of
 * EXIT_CODE_DONE. Reports that on standard error, except for a pipe whose reader has exited. */
ExitCode standard_output_end(ExitCode code);
