/* Lists a bucket by several listings in parallel, each of a range of its keys. Supervisor only;
 * single-threaded.
 *
 * It begins as one listing. Each page that is not the last of its range allows one attempt to cut what is
 * left of the range: the range then ends at a key in between, and another range begins there.
 * docs/adr/0016-a-bucket-is-listed-in-ranges.md explains why every key is in exactly one page, whatever the
 * server does. */
#pragma once

#include <glib.h>

#include "s3/listing.h"

typedef struct S3SplitListing S3SplitListing;

/* Copied by s3_split_listing_new(). */
typedef struct {
    const char *prefix;
    const char *after;     /* lists only keys greater than this, which has the prefix; may be NULL */
    guint max_keys;        /* per page, or 0 for the server's default */
    guint pages_per_range; /* a range is only cut once for so many pages, unless the server takes long for a
                            * page. 0: after each page */
    guint ranges;          /* the most requests in parallel; 0 or 1 lists one page after the other */
} S3SplitOptions;

/* A range of the listing: see StoreRange (store/model.h), but with whole keys. */
typedef struct {
    guint64 id;
    char *after; /* may be NULL, as may until */
    char *until;
    gboolean is_end;
} S3SplitRange;

/* Calls func as s3_listing_new() does, but keys ascend across pages only if there is one range; within a page
 * they always do. A page may be empty. Sends no request before s3_split_listing_next(). Free it before
 * client. */
S3SplitListing *s3_split_listing_new(S3Client *client, const S3SplitOptions *options, S3ListFunc func,
                                     void *data);

/* Requests a page: one callback follows from the main loop, never from here. Not to be called while a page is
 * awaited, nor after the last page. After a temporary failure it requests the same page again, by one request
 * without retries. Each range requests one page ahead and keeps it; nothing else is requested between two
 * calls. */
void s3_split_listing_next(S3SplitListing *listing);

/* Returns once why the listing goes on without ranges although they were requested, then NULL. Owned by the
 * caller. */
char *s3_split_listing_take_problem(S3SplitListing *listing);

/* The range that the page is of; only from within the callback. Owned by listing. */
const S3SplitRange *s3_split_listing_range(const S3SplitListing *listing);

/* A range that is held delivers no page. */
void s3_split_listing_hold(S3SplitListing *listing, guint64 range, gboolean is_held);

/* The present end of a range; NULL if it has none, or has delivered its last page. Owned by listing, and valid
 * until the next callback. */
const char *s3_split_listing_until(const S3SplitListing *listing, guint64 range);

/* Ends the listing; no callback follows. May be called from the callback. listing may be NULL. */
void s3_split_listing_free(S3SplitListing *listing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3SplitListing, s3_split_listing_free)
