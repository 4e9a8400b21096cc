/* AWS Signature Version 4 with S3's rules: the path is encoded once and never normalised, the payload hash is
 * a header. Supervisor only. (AWS, "Authenticating Requests: Using the Authorization Header" and "... Using
 * Query Parameters" of the S3 API Reference.) Pure, except for a signer's cached key; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"
#include "s3/aws/digest.h"

#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

/* AWS refuses presigned URLs of more than 7 days. */
#define SIGV4_MAX_EXPIRES_S (7u * 24 * 3600)

typedef struct {
    const char *name;
    const char *value;
} Sigv4Pair;

/* The request to sign. Everything is borrowed during a call. */
typedef struct {
    const char *method;
    const char *host;       /* as in the Host header: with the port, unless it is the scheme's default */
    const char *path;       /* percent-encoded, as it is sent */
    const Sigv4Pair *query; /* not encoded, in any order */
    gsize query_count;
    const Sigv4Pair *headers; /* all are signed, in any order and case; without Host and X-Amz-Date, which are
                               * added */
    gsize header_count;
    const char *payload_hash; /* SHA-256 in hex, or a literal such as SIGV4_UNSIGNED_PAYLOAD */
} Sigv4Request;

/* The encoded and sorted query, as it is signed and sent. Owned by the caller. */
char *sigv4_query(const Sigv4Pair *query, gsize query_count);

/* The canonical request with exactly these headers and host. *ret_signed_headers is "a;b;c". Both are owned
 * by the caller. */
char *sigv4_canonical_request(const Sigv4Request *request, char **ret_signed_headers);

/* timestamp is "20130524T000000Z", scope "20130524/us-east-1/s3/aws4_request". Owned by the caller. */
char *sigv4_string_to_sign(const char *timestamp, const char *scope, const char *canonical_request);

/* The signing key of a day ("20130524"). */
void sigv4_signing_key(const Secret *secret_key, const char *date, const char *region, const char *service,
                       guint8 ret_key[DIGEST_SHA256_BYTES]);

typedef struct Sigv4Signer Sigv4Signer;

/* Signs with these credentials for one region and service. Keeps a reference of credentials. */
Sigv4Signer *sigv4_signer_new(Credentials *credentials, const char *region, const char *service);
void sigv4_signer_free(Sigv4Signer *signer);

/* The header lines ("Name: value") to send in addition to the request's own: x-amz-date,
 * x-amz-content-sha256, x-amz-security-token if there is a session token, Authorization. time_s is Unix
 * seconds. Owned by the caller. */
GStrv sigv4_signer_headers(Sigv4Signer *signer, const Sigv4Request *request, gint64 time_s);

/* The whole query of a presigned URL, including the request's own; the request's payload_hash is ignored. The
 * request's headers must be sent exactly as given. Owned by the caller. */
char *sigv4_signer_presign(Sigv4Signer *signer, const Sigv4Request *request, gint64 time_s,
                           guint32 expires_s);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sigv4Signer, sigv4_signer_free)
