/* Which failures of a request are worth another try, and when. Pure; used on both sides.
 * (AWS SDKs and Tools Reference Guide, "Retry behavior"; RFC 9110, 10.2.3 for Retry-After.) */
#pragma once

#include <glib.h>

#include "base/error.h"

#define RETRY_DEFAULT_ATTEMPTS 5u

/* A server that asks for a longer pause is asked again after this anyway. */
#define RETRY_AFTER_MAX_S 30

typedef struct {
    ErrorClass class;
    gboolean is_retryable; /* the same request may succeed in a moment */
    gboolean is_throttle;  /* the server asked for fewer requests: pause longer */
} RetryVerdict;

/* By the CURLcode, if it is not CURLE_OK; else by the S3 error code (NULL: none known); else by the HTTP
 * status, which is none of 2xx. */
RetryVerdict retry_classify(int curl_code, long status, const char *s3_code);

/* Whether a code (NULL: none known) says that the credentials are no longer valid, so that with newer ones
 * the same request may succeed. */
gboolean retry_wants_new_credentials(const char *s3_code);

/* The pause after failed attempt number attempt (from 1), in microseconds: random (in [0, 1)) times the
 * smaller of 20 s and base * 2^(attempt-1), base being 50 ms or, when throttled, 500 ms; but at least
 * retry_after_s (negative: not given), up to RETRY_AFTER_MAX_S. */
gint64 retry_delay_us(const RetryVerdict *verdict, guint attempt, gint64 retry_after_s, double random);

/* The seconds of a Retry-After header (a number or an HTTP date), now_s being Unix seconds; -1 for NULL or
 * nonsense. */
gint64 retry_parse_after(const char *value, gint64 now_s);
