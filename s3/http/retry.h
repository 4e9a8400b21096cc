/* Decides which failures of a request to retry, and when. Pure; used by the supervisor and the workers. (AWS
 * SDKs and Tools Reference Guide, "Retry behavior"; RFC 9110, 10.2.3 for Retry-After.) */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/request_counters.h"

#define RETRY_DEFAULT_ATTEMPTS 5u

/* A longer pause that the server asks for is cut to this. */
#define RETRY_AFTER_MAX_S 30

typedef struct {
    ErrorClass class;
    gboolean is_retryable; /* the same request may succeed after a pause */
    RetryReason reason;    /* RETRY_NONE if no reason applies; then it is not retryable */
    gboolean is_stale;     /* the request may succeed with another signature */
} RetryVerdict;

/* Classifies a failure by the CURLcode, if it is not CURLE_OK; else by the S3 error code (may be NULL); else
 * by the HTTP status, which is not 2xx. An archived object is ERROR_ARCHIVED. A failure of the server or of
 * the way to it, rather than of this one request, is ERROR_UNAVAILABLE; a full server or an exhausted quota
 * is ERROR_FULL. A clock skew is transient and not retryable: see RETRY_SKEW. */
RetryVerdict retry_classify(int curl_code, long status, const char *s3_code);

/* Whether a failure that retry_classify() calls permanent concerns this one key, whoever sends the request:
 * no such key can be stored there, or the object is encrypted with a key that only its owner has (SSE-C).
 * Servers have no separate code for SSE-C (AWS and MinIO return InvalidRequest, Ceph InvalidArgument): it is
 * recognized by the words that all of them use. Both texts may be NULL. */
gboolean retry_is_about_key(long status, const char *s3_code, const char *message);

/* Whether a CURLcode says that the TLS handshake failed before there was a certificate to check, as with a
 * server that speaks plain HTTP. */
gboolean retry_is_no_tls(int curl_code);

/* Whether an S3 error code (may be NULL) says that the credentials are no longer valid, so that the request
 * may succeed with newer ones. */
gboolean retry_wants_new_credentials(const char *s3_code);

/* The back-off after failed attempt number attempt (from 1), in microseconds: random (in [0, 1)) times the
 * smaller of 20 s and base * 2^(attempt-1), base being 50 ms or, when throttled, 500 ms; but at least
 * retry_after_s (negative if not given), up to RETRY_AFTER_MAX_S. 0 after RETRY_SKEW and RETRY_REGION, whose
 * cause has been corrected. */
gint64 retry_delay_us(const RetryVerdict *verdict, guint attempt, gint64 retry_after_s, double random);

/* The seconds of a Retry-After header (a number or an HTTP date), now_s being Unix seconds; -1 if it is NULL
 * or malformed. */
gint64 retry_parse_after(const char *value, gint64 now_s);
