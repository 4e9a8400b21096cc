/* Standard output of a command: what g_print() writes gets there whatever the locale, controls as
 * \uNNNN, and a command
 * whose output was lost does not end as if all were well. Used by the main process. */
#pragma once

#include <glib.h>

#include "daemon/protocol/exit_code.h"

/* To be called first of all. Closed descriptors among 0, 1 and 2 are filled, so that no file that is opened
 * later becomes standard output; writing to them fails. */
void standard_output_begin(void);

/* To be called last. Returns code; or EXIT_CODE_FAILED in place of EXIT_CODE_DONE if something that was
 * printed could not be written, which it says on standard error (but for a pipe whose reader has left). */
ExitCode standard_output_end(ExitCode code);
