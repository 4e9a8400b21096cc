#include "s3/etag.h"

#include <string.h>

#include "s3/aws/digest.h"

char *etag_bare(const char *etag)
{
    gsize length;

    if (strncmp(etag, "W/", 2) == 0)
        etag += 2;
    length = strlen(etag);
    if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"')
        return g_strndup(etag + 1, length - 2);
    return g_strdup(etag);
}

gboolean etag_is_like_md5(const char *bare)
{
    return strlen(bare) == 2 * (gsize)DIGEST_MD5_BYTES &&
           strspn(bare, "0123456789abcdefABCDEF") == 2 * (gsize)DIGEST_MD5_BYTES;
}
