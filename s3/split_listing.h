/* Lists a bucket by several listings at once, each of a range of its keys. Supervisor only; single-threaded.
 *
 * It begins as one listing. Each page that another follows pays for one attempt to cut what is left: the
 * range ends at a key in between, and another one begins there. docs/adr/0016-a-bucket-is-listed-in-ranges.md
 * says why every key is in exactly one page, whatever the server does. */
#pragma once

#include <glib.h>

#include "s3/listing.h"

typedef struct S3SplitListing S3SplitListing;

/* Copied. */
typedef struct {
    const char *prefix;
    guint max_keys; /* of one page; 0: what the server likes */
    guint ranges;   /* at most so many requests at once; 0 or 1: one page after the other */
} S3SplitOptions;

/* The callback is that of s3_listing_new(); keys ascend within a page, and over all pages only with one
 * range. A page may be empty. Nothing is asked before s3_split_listing_next(). Free it before client. */
S3SplitListing *s3_split_listing_new(S3Client *client, const S3SplitOptions *options, S3ListFunc func,
                                     void *data);

/* Asks for a page: one callback follows from the main loop, never from here. Not while one is awaited, nor
 * after the last. After a failure that may pass, asks for the same page again, by one request without
 * retries. Each range asks for one page ahead, and keeps it: between two calls nothing else is asked. */
void s3_split_listing_next(S3SplitListing *listing);

/* Why it goes on without ranges, where ranges were wished for; once, then NULL. Owned by the caller. */
char *s3_split_listing_take_problem(S3SplitListing *listing);

/* Ends it; no callback follows. May be called from the callback. NULL is allowed. */
void s3_split_listing_free(S3SplitListing *listing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3SplitListing, s3_split_listing_free)
