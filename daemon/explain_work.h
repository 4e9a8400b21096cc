/* A worker's part in explaining an object: get the source, let the imager look at it, answer. Used by the
 * worker. */
#pragma once

#include "daemon/object_work.h"

/* Begins; answers the call when done, whatever happens. args is of OBJECT_ARGS_TYPE. */
void explain_work_start(Workshop *shop, Call *call, GVariant *args);
