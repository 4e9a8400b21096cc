/* What is said at the start about how the processes are confined (sandbox/sandbox.h). Used by the main
 * process. */
#pragma once

#include "config/model.h"

/* Logs a warning if this process is root. With `sandbox: best-effort`, logs a warning that names what the
 * sandbox lacks, if it lacks something; takes the start of an imager then. With `required` it does nothing:
 * imagers refuse to start. To be called once, before the first imager is started. */
void confinement_tell(const Config *config);
