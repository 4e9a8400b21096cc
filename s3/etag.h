/* ETags: the server's identifiers of an object's versions. Opaque, except those that are the MD5 of the
 * object's bytes. Pure; used by the supervisor and the workers. (Amazon S3 API Reference, "Object"; RFC 9110,
 * 8.8.3.) */
#pragma once

#include <glib.h>

/* Removes the quotes and the "W/" of a weak ETag, which a proxy may add. Owned by the caller. */
char *etag_bare(const char *etag);

/* Whether a bare ETag may be an MD5. The ETag of a multipart upload ("...-3") is not. */
gboolean etag_is_like_md5(const char *bare);
