/* What a presigned URL says of itself, for whoever holds it and cannot sign. Pure; used by the workers. */
#pragma once

#include <glib.h>

/* Until when it is valid, by the clock of who signed it: X-Amz-Date and X-Amz-Expires. Unix seconds;
 * G_MAXINT64: it does not say. */
gint64 presigned_end_s(const char *url);
