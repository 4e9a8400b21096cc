/* The supervisor's client of one bucket: signs requests (s3/call.h) and presigns URLs for the workers. Holds
 * credentials, sees no object's bytes. Single-threaded, on the HttpClient's GMainContext. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_keeper.h"
#include "s3/aws/sigv4.h"
#include "s3/endpoint.h"
#include "s3/http/http.h"
#include "s3/http/retry.h"

typedef struct S3Client S3Client;

/* How a bucket or its server differs from the usual; all zero if it does not. */
typedef struct {
    gboolean requester_pays;  /* the requester pays, and must confirm it in each request */
    gboolean lists_by_marker; /* the server supports only version 1 of listings, or supports it better */
} S3Dialect;

/* A client learns from refusals: the bucket's region, when a redirect or an error names it, and the server's
 * time, when the server refuses ours. The refused request is retried at once, and all later requests and
 * presigned URLs use what was learnt. */

/* Takes ownership of endpoint; borrows keeper and http. attempts is the limit for each request, including the
 * first attempt, or 0 for RETRY_DEFAULT_ATTEMPTS. */
S3Client *s3_client_new(Endpoint *endpoint, CredentialsKeeper *keeper, HttpClient *http, guint attempts);

/* Call it before the first request. */
void s3_client_set_dialect(S3Client *client, const S3Dialect *dialect);

/* Call it when all calls have ended. client may be NULL. */
void s3_client_free(S3Client *client);

/* Returns a presigned URL. headers (lines "Name: value", may be NULL) are signed and must be sent exactly as
 * given. The URL is valid for expires_s, but for at most SIGV4_MAX_EXPIRES_S and not longer than the
 * credentials that sign it. Owned by the caller. Returns NULL with ERROR_UNAVAILABLE if there are no
 * credentials now, because they have expired and newer ones have not arrived yet; newer ones are
 * requested. */
char *s3_client_presign(S3Client *client, HttpKind kind, const char *key, const char *const *headers,
                        guint32 expires_s, GError **error);

/* Whether there are credentials now that the server does not consider expired. */
gboolean s3_client_can_sign(S3Client *client);

/* The properties that the client was made with, or has learnt since. Borrowed. */
const Endpoint *s3_client_endpoint(const S3Client *client);
CredentialsKeeper *s3_client_keeper(const S3Client *client);
HttpClient *s3_client_http(const S3Client *client);
guint s3_client_attempts(const S3Client *client);
const S3Dialect *s3_client_dialect(const S3Client *client);

/* Signing a request in its headers: s3/call.c does this before each attempt, and a store does it for a
 * request that another process sends. */

/* A request to a bucket, not signed yet. Borrowed during a call. */
typedef struct {
    HttpKind kind;
    const char *key; /* "" for the bucket itself */
    const Sigv4Pair *query;
    gsize query_count;
    const char *const *headers; /* lines "Name: value" */
    const char *payload_hash;
} S3Request;

/* Returns the header lines to send, signed now with the latest credentials, and in *ret_url the URL to send
 * them to. Both are owned by the caller. Returns NULL if there are no valid credentials; newer ones are
 * requested. */
GStrv s3_client_sign(S3Client *client, const S3Request *request, char **ret_url);

/* The credentials that s3_client_sign() used last, or NULL. Borrowed. */
const Credentials *s3_client_credentials(const S3Client *client);

/* Counts what the client has learnt about region and time. */
guint s3_client_corrections(const S3Client *client);

/* Classifies a failure as attempts_judge() does. The verdict is also retryable if the client has learnt what was
 * wrong with the signature: from this response, or since the request was signed, when there had been so many
 * corrections. */
RetryVerdict s3_client_judge(S3Client *client, const HttpResponse *response, HttpKind kind, const char *url,
                             guint corrections, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Client, s3_client_free)
