/* Lists a bucket, page by page. Supervisor only; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/client.h"
#include "s3/list_xml.h"

typedef struct S3Listing S3Listing;

/* One page: objects is an array of S3Object to take from or leave, in ascending byte order also over pages.
 * is_last: no more follow. On failure objects is NULL. After ERROR_UNAVAILABLE or ERROR_TRANSIENT (retries
 * are used up) the same page may be asked for again; nothing follows ERROR_PERMANENT (refused, or an answer
 * that S3 does not give: wrong order, keys outside of the prefix or not after the one asked for, a token that
 * comes again), ERROR_INTERNAL. */
typedef void (*S3ListFunc)(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

/* Copied. */
typedef struct {
    const char *prefix; /* of the keys that are listed */
    const char
        *after;     /* and come after this one, which begins with the prefix and need not exist; NULL: all */
    guint max_keys; /* of one page; 0: what the server likes */
} S3ListOptions;

/* Nothing is asked before s3_listing_next(). Free it before client. */
S3Listing *s3_listing_new(S3Client *client, const S3ListOptions *options, S3ListFunc func, void *data);

/* Asks for the next page, or after a failure that may pass for the same one, then without retries: one
 * callback follows from the main loop. Not while one is awaited, nor after the last or another failure. */
void s3_listing_next(S3Listing *listing);

/* Ends it; no callback follows. May be called from the callback. NULL is allowed. */
void s3_listing_free(S3Listing *listing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Listing, s3_listing_free)
