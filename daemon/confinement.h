/* Whether the imagers' sandbox (sandbox/sandbox.h) is complete. Used by the main process. */
#pragma once

#include "config/config.h"

/* With `sandbox: best-effort`, logs a warning that names what the sandbox lacks, if it lacks something; takes
 * the start of an imager then. With `required` it does nothing: imagers refuse to start. To be called once,
 * before the first imager is started. */
void confinement_tell(const Config *config);
