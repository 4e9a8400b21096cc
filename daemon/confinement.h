/* What the kernel lacks of that which confines the imagers (sandbox/sandbox.h). Used by the main process. */
#pragma once

/* Logs a warning if there is no Landlock. To be called once, before the first imager is started. */
void confinement_tell(void);
