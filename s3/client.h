/* The supervisor's side of a bucket: lists it and presigns URLs for the workers. Holds credentials, sees no
 * object's bytes. Single-threaded, on the HttpClient's GMainContext. */
#pragma once

#include <glib.h>

#include "s3/credentials_keeper.h"
#include "s3/endpoint.h"
#include "s3/http.h"
#include "s3/list_xml.h"

typedef struct S3Client S3Client;
typedef struct S3Listing S3Listing;

/* What a listing learns from refusals holds for all that follows, presigned URLs too, and is tried at once:
 * the bucket's region, when a redirect or an error names it, and the server's time, when it refuses ours. */

/* Takes endpoint; borrows keeper and http. attempts is for each request, the first
 * included; 0: RETRY_DEFAULT_ATTEMPTS. */
S3Client *s3_client_new(Endpoint *endpoint, CredentialsKeeper *keeper, HttpClient *http, guint attempts);

/* After its listings. NULL is allowed. */
void s3_client_free(S3Client *client);

/* One page: objects is an array of S3Object to take from or leave, in ascending byte order also over pages.
 * is_last: no more follow. On failure objects is NULL and nothing more follows: ERROR_TRANSIENT (retries are
 * used up), ERROR_PERMANENT (refused, or an answer that S3 does not give: wrong order, keys outside of the
 * prefix, a token that comes again), ERROR_INTERNAL. */
typedef void (*S3ListFunc)(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

/* Lists the keys that begin with prefix. Nothing is asked before s3_listing_next(). max_keys of one page; 0:
 * what the server likes. */
S3Listing *s3_client_list(S3Client *client, const char *prefix, guint max_keys, S3ListFunc func, void *data);

/* Asks for the next page: one callback follows from the main loop. Not while one is awaited, nor after the
 * last or a failure. */
void s3_listing_next(S3Listing *listing);

/* Ends it; no callback follows. May be called from the callback. NULL is allowed. */
void s3_listing_free(S3Listing *listing);

/* After a refusal of a presigned URL that another signature may change: asks the server for next to nothing,
 * from which what is wrong is learnt, as from any listing, and then holds for all that is signed. Its own
 * failure is nobody's business. One at a time: nothing if the last has not ended. */
void s3_client_check(S3Client *client);

/* A presigned URL. headers (lines "Name: value", NULL: none) are signed and must be sent exactly so.
 * It is valid for expires_s, at most SIGV4_MAX_EXPIRES_S and not
 * beyond the credentials that sign it. Owned by the caller. NULL, class ERROR_TRANSIENT: there are no
 * credentials now, as they have expired and newer ones are not to be had. */
char *s3_client_presign(S3Client *client, HttpKind kind, const char *key, const char *const *headers,
                        guint32 expires_s, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Client, s3_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Listing, s3_listing_free)
