/* Where a store is, in a form in which two stores can be compared. Used when a configuration is checked; private
 * to config/.
 *
 * Two stores may be the same place if they are directories (resolved through symbolic links as far as they
 * exist), or buckets of the same name, unless the endpoints are different hosts (scheme and port do not
 * count: a server may listen on several). A bucket that one store names directly and the other by an access
 * point counts as two: it is not known here which bucket an access point belongs to. */
#pragma once

#include "config/model.h"

typedef struct {
    char *store;  /* "": a directory; otherwise the bucket and its host */
    char *prefix; /* of all keys; for a directory its resolved path. Ends with '/', or is empty */
} Place;

/* fallback is the endpoint of a store that configures none; NULL for AWS. FALSE if url is invalid. */
gboolean place_find(const char *url, const S3Config *s3, const char *fallback, Place *ret_place);

/* Whether keys of both places lie in one store. */
gboolean place_may_share(const Place *a, const Place *b);

void place_clear(Place *place);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)
