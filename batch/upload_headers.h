/* The headers that go with an output's upload beside its Content-Type, as lines "Name: value": what the
 * configuration says, and where the output comes from. All of them are signed, which AWS insists on for
 * x-amz-*. Used by the supervisor. Pure. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* What is known of the source that the output is made of. Borrowed during the call. */
typedef struct {
    const char *key;             /* relative to the source's prefix; NULL: of no object */
    const char *etag;            /* without quotes; NULL: it is not known which version will be read */
    const char *version_id;      /* NULL: not known, or the bucket keeps no versions */
    const char *const *metadata; /* lines "x-amz-meta-name: value"; NULL: none, or not known */
} UploadSource;

/* What tells, at a destination that may be public, which version of the original an output was made of,
 * without telling anything of it: 8 hexadecimal digits of the SHA-256 of the original's URL, a line feed and
 * its ETag. An ETag mostly is the MD5 of the bytes, by which pictures can be looked up; 32 bits of a hash
 * that begins with a bucket and a key cannot (docs/adr/0056-what-an-output-says-of-its-original.md). key:
 * relative to the source's prefix. Owned by the caller. */
char *upload_source_mark(const Config *config, const char *key, const char *etag);

/* Of output number `number`. NULL-terminated, owned by the caller. Of the source's metadata is taken what
 * copy_metadata matches, unless the output has its own of that name, it is an output's provenance, or it is
 * no printable ASCII. NULL with class ERROR_LIMIT: there is more metadata than S3 takes. */
GStrv upload_headers(const Config *config, guint number, const UploadSource *source, GError **error);
