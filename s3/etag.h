/* ETags: what a server calls a version of an object. Opaque, but for those that are the MD5 of its bytes.
 * Pure; used on both sides. (Amazon S3 API Reference, "Object"; RFC 9110, 8.8.3.) */
#pragma once

#include <glib.h>

/* Without quotes and the mark of a weak one, which a proxy may add. Owned by the caller. */
char *etag_bare(const char *etag);

/* Whether a bare one may be an MD5. That of a multipart upload is not ("...-3"). */
gboolean etag_is_like_md5(const char *bare);
