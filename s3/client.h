/* The supervisor's side of a bucket: signs requests (s3/call.h) and presigns URLs for the workers. Holds
 * credentials, sees no object's bytes. Single-threaded, on the HttpClient's GMainContext. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_keeper.h"
#include "s3/aws/sigv4.h"
#include "s3/endpoint.h"
#include "s3/http/http.h"
#include "s3/http/retry.h"

typedef struct S3Client S3Client;

/* In what a bucket or its server is unlike others. 0: in nothing. */
typedef struct {
    gboolean requester_pays;  /* whoever asks pays, and has to say that he knows */
    gboolean lists_by_marker; /* it knows version 1 of listings only, or is better at it */
} S3Dialect;

/* What a client learns from refusals holds for all that follows, presigned URLs too, and is tried at once:
 * the bucket's region, when a redirect or an error names it, and the server's time, when it refuses ours. */

/* Takes endpoint; borrows keeper and http. attempts is for each request, the first
 * included; 0: RETRY_DEFAULT_ATTEMPTS. */
S3Client *s3_client_new(Endpoint *endpoint, CredentialsKeeper *keeper, HttpClient *http, guint attempts);

/* Before the first request. */
void s3_client_set_dialect(S3Client *client, const S3Dialect *dialect);

/* After its calls. NULL is allowed. */
void s3_client_free(S3Client *client);

/* A presigned URL. headers (lines "Name: value", NULL: none) are signed and must be sent exactly so.
 * It is valid for expires_s, at most SIGV4_MAX_EXPIRES_S and not
 * beyond the credentials that sign it. Owned by the caller. NULL, class ERROR_UNAVAILABLE: there are no
 * credentials now, as they have expired and newer ones are not there yet; they are asked for. */
char *s3_client_presign(S3Client *client, HttpKind kind, const char *key, const char *const *headers,
                        guint32 expires_s, GError **error);

/* Whether there are credentials now that the server does not take for expired. */
gboolean s3_client_can_sign(S3Client *client);

/* What the client was made with, or has learnt since. Borrowed. */
const Endpoint *s3_client_endpoint(const S3Client *client);
CredentialsKeeper *s3_client_keeper(const S3Client *client);
HttpClient *s3_client_http(const S3Client *client);
guint s3_client_attempts(const S3Client *client);
const S3Dialect *s3_client_dialect(const S3Client *client);
gint64 s3_client_skew_s(const S3Client *client); /* what the server's clock is ahead of ours */

/* Signing a request in its headers: what s3/call.c does before each attempt, and a store for a request that
 * somebody else sends. */

/* What is asked of a bucket, not signed yet. Borrowed during a call. */
typedef struct {
    HttpKind kind;
    const char *key; /* "": the bucket itself */
    const Sigv4Pair *query;
    gsize query_count;
    const char *const *headers; /* lines "Name: value" */
    const char *payload_hash;
} S3Request;

/* The header lines to send with it, signed now with the latest credentials, and its URL. NULL: there are no
 * credentials; others are asked for. Both are owned by the caller. */
GStrv s3_client_sign(S3Client *client, const S3Request *request, char **ret_url);

/* Those that s3_client_sign() has used last; NULL: none. Borrowed. */
const Credentials *s3_client_credentials(const S3Client *client);

/* Judges a failure; the verdict is retryable too if what was wrong with the signature is known now. */
RetryVerdict s3_client_judge(S3Client *client, const HttpResponse *response, HttpKind kind, const char *url,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Client, s3_client_free)
