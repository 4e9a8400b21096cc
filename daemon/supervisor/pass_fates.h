/* The report of every object's fate (batch/fate_log.h) of a pass. Errors are logged, and change nothing else. Used by
 * the supervisor. */
#pragma once

#include "daemon/supervisor/pass_options.h"

/* Creates it, if it is configured and the pass makes outputs. */
void pass_fates_begin(Pass *pass);

/* Writes what has become known. */
void pass_fates_flush(const Pass *pass);

/* Frees it. */
void pass_fates_end(Pass *pass);
