/* Messages at the start about how the processes are confined (sandbox/sandbox.h). Used by the main
 * process. */
#pragma once

#include "config/model.h"

/* Logs a warning if this process is root. With `sandbox: best-effort`, logs a warning that names what the
 * sandbox lacks, if anything; this starts an imager, which takes some time. With `required` it does nothing
 * more: imagers refuse to start. Must be called once, before the first imager is started. */
void confinement_tell(const Config *config);
