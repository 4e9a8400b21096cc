/* Which failures of a request are worth another try, and when. Pure; used on both sides.
 * (AWS SDKs and Tools Reference Guide, "Retry behavior"; RFC 9110, 10.2.3 for Retry-After.) */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/request_counters.h"

#define RETRY_DEFAULT_ATTEMPTS 5u

/* A server that asks for a longer pause is asked again after this anyway. */
#define RETRY_AFTER_MAX_S 30

typedef struct {
    ErrorClass class;
    gboolean is_retryable; /* the same request may succeed in a moment */
    RetryReason reason;    /* RETRY_NONE: for none of these, nor is it retryable */
    gboolean is_stale;     /* it may succeed with another signature */
} RetryVerdict;

/* By the CURLcode, if it is not CURLE_OK; else by the S3 error code (NULL: none known); else by the HTTP
 * status, which is none of 2xx. An object in an archive is ERROR_ARCHIVED. What speaks
 * of the server or the way to it, not of the one request, is ERROR_UNAVAILABLE; a server without room, or a
 * quota that is used up, ERROR_FULL. That of a skew is transient and
 * not retryable: see RETRY_SKEW. */
RetryVerdict retry_classify(int curl_code, long status, const char *s3_code);

/* Whether what retry_classify() calls permanent concerns this one key, whoever asks: no such key can be
 * stored there, or the object is encrypted with a key that only its owner has (SSE-C). For the latter servers
 * have no code of its own (AWS and MinIO say InvalidRequest, Ceph InvalidArgument): it is known by the words
 * that all of them use. Both texts may be NULL. */
gboolean retry_is_about_key(long status, const char *s3_code, const char *message);

/* Whether a CURLcode says that the handshake of TLS failed before there was a certificate to judge, as where
 * a server speaks plain HTTP. */
gboolean retry_is_no_tls(int curl_code);

/* Whether a code (NULL: none known) says that the credentials are no longer valid, so that with newer ones
 * the same request may succeed. */
gboolean retry_wants_new_credentials(const char *s3_code);

/* The pause after failed attempt number attempt (from 1), in microseconds: random (in [0, 1)) times the
 * smaller of 20 s and base * 2^(attempt-1), base being 50 ms or, when throttled, 500 ms; but at least
 * retry_after_s (negative: not given), up to RETRY_AFTER_MAX_S. None at all after RETRY_SKEW and
 * RETRY_REGION: what was wrong is known. */
gint64 retry_delay_us(const RetryVerdict *verdict, guint attempt, gint64 retry_after_s, double random);

/* The seconds of a Retry-After header (a number or an HTTP date), now_s being Unix seconds; -1 for NULL or
 * nonsense. */
gint64 retry_parse_after(const char *value, gint64 now_s);
