/* Reads the expiry time of a presigned URL, for holders that cannot sign. Pure; used by the workers. */
#pragma once

#include <glib.h>

/* The time until which the URL is valid, by the signer's clock: X-Amz-Date plus X-Amz-Expires. Unix seconds;
 * G_MAXINT64 if the URL does not say. */
gint64 presigned_end_s(const char *url);
