/* Lists a bucket, page by page. Supervisor only; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/client.h"
#include "s3/list_xml.h"

typedef struct S3Listing S3Listing;

/* Delivers one page: objects is an array of S3Object, from which the callee may take objects, in ascending
 * byte order within and across pages. is_last: no pages follow. objects is NULL on failure. After
 * ERROR_UNAVAILABLE or ERROR_TRANSIENT (retries are used up) the same page may be requested again.
 * ERROR_INTERNAL and ERROR_PERMANENT end the listing (the server refused, or the response is one that S3 does
 * not give: wrong order, keys outside of the prefix or not after the requested one, a repeated token). */
typedef void (*S3ListFunc)(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

/* Copied by s3_listing_new(). */
typedef struct {
    const char *prefix; /* lists only keys with this prefix */
    const char
        *after;     /* lists only keys after this one, which has the prefix and need not exist; may be NULL */
    guint max_keys; /* per page, or 0 for the server's default */
    gboolean may_begin_early; /* a server that ignores `after` lists from the beginning; what is too early is
                               * left out. Otherwise it is an error */
} S3ListOptions;

/* Sends no request before s3_listing_next(). Free it before client. */
S3Listing *s3_listing_new(S3Client *client, const S3ListOptions *options, S3ListFunc func, void *data);

/* Requests the next page; after a temporary failure the same page again, then without retries. One callback
 * follows from the main loop. Not to be called while a page is awaited, after the last page, or after another
 * failure. */
void s3_listing_next(S3Listing *listing);

/* Ends the listing; no callback follows. May be called from the callback. listing may be NULL. */
void s3_listing_free(S3Listing *listing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Listing, s3_listing_free)
