/* The headers of an output's upload other than Content-Type, as lines "Name: value": those of the
 * configuration, and those that identify the original. All of them are signed, which AWS requires for
 * x-amz-*. Used by the supervisor. Pure. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* The known properties of the output's source. Borrowed during the call. */
typedef struct {
    const char *key;             /* relative to the source's prefix; NULL if there is no object */
    const char *etag;            /* without quotes; NULL if it is not known which version will be read */
    const char *version_id;      /* NULL if it is unknown, or the bucket is not versioned */
    const char *const *metadata; /* lines "x-amz-meta-name: value"; NULL if there are none or they are
                                  * unknown */
} UploadSource;

/* Returns a mark that identifies the version of the original an output was made of, without revealing
 * anything about it at a destination that may be public: 8 hexadecimal digits of the SHA-256 of the
 * original's URL, a line feed and its ETag. An ETag is mostly the MD5 of the bytes, by which pictures can be
 * looked up; 32 bits of a hash that begins with a bucket and a key cannot be used for that
 * (docs/adr/0056-what-an-output-says-of-its-original.md). key is relative to the source's prefix. Owned by
 * the caller. */
char *upload_source_mark(const Config *config, const char *key, const char *etag);

/* Returns the lines for output number `number`, NULL-terminated, owned by the caller. The source's metadata
 * that copy_metadata matches is copied, unless the output has a header of the same name, it is an output's
 * provenance, or it is not printable ASCII. NULL with class ERROR_LIMIT if there is more metadata than S3
 * accepts. */
GStrv upload_headers(const Config *config, guint number, const UploadSource *source, GError **error);
