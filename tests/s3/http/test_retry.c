#include <criterion/criterion.h>
#include <curl/curl.h>

#include "base/clock.h"
#include "s3/http/retry.h"

static const struct {
    int curl_code;
    long status;
    const char *code;
    ErrorClass class;
    gboolean is_retryable;
    RetryReason reason;
} table[] = {
    {CURLE_COULDNT_RESOLVE_HOST, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_CONNECT},
    {CURLE_COULDNT_RESOLVE_PROXY, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_CONNECT},
    {CURLE_COULDNT_CONNECT, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_TIMEOUT},
    {CURLE_PARTIAL_FILE, 200, NULL, ERROR_TRANSIENT, TRUE, RETRY_TRUNCATED},
    {CURLE_GOT_NOTHING, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_RESET},
    {CURLE_SEND_ERROR, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_RESET},
    {CURLE_RECV_ERROR, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_RESET},
    {CURLE_SSL_CONNECT_ERROR, 0, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_CONNECT},
    {CURLE_RECV_ERROR, 403, "AccessDenied", ERROR_UNAVAILABLE, TRUE, RETRY_RESET},
    {CURLE_PEER_FAILED_VERIFICATION, 0, NULL, ERROR_PERMANENT, FALSE, RETRY_NONE},
    {CURLE_SSL_CACERT_BADFILE, 0, NULL, ERROR_PERMANENT, FALSE, RETRY_NONE},
    {CURLE_URL_MALFORMAT, 0, NULL, ERROR_INTERNAL, FALSE, RETRY_NONE},
    {CURLE_OUT_OF_MEMORY, 0, NULL, ERROR_INTERNAL, FALSE, RETRY_NONE},
    {CURLE_WRITE_ERROR, 200, NULL, ERROR_INTERNAL, FALSE, RETRY_NONE},
    {0, 408, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_TIMEOUT},
    {0, 429, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_THROTTLE},
    {0, 500, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_SERVER},
    {0, 502, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_SERVER},
    {0, 503, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_THROTTLE},
    {0, 504, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_SERVER},
    {0, 509, NULL, ERROR_UNAVAILABLE, TRUE, RETRY_THROTTLE},
    {0, 501, NULL, ERROR_PERMANENT, FALSE, RETRY_NONE},
    {0, 301, "PermanentRedirect", ERROR_PERMANENT, FALSE, RETRY_NONE},
    {0, 307, NULL, ERROR_PERMANENT, FALSE, RETRY_NONE},
    {0, 400, NULL, ERROR_PERMANENT, FALSE, RETRY_NONE},
    {0, 400, "ExpiredToken", ERROR_TRANSIENT, FALSE, RETRY_NONE},
    {0, 403, "AccessDenied", ERROR_PERMANENT, FALSE, RETRY_NONE},
    {0, 403, "SignatureDoesNotMatch", ERROR_PERMANENT, FALSE, RETRY_NONE},
    {0, 403, "InvalidObjectState", ERROR_ARCHIVED, FALSE, RETRY_NONE},
    {0, 403, "RequestTimeTooSkewed", ERROR_TRANSIENT, FALSE, RETRY_SKEW},
    {0, 404, "NoSuchKey", ERROR_PERMANENT, FALSE, RETRY_NONE},
    {0, 412, "PreconditionFailed", ERROR_PERMANENT, FALSE, RETRY_NONE},
    /* the code takes precedence over the status */
    {0, 400, "RequestTimeout", ERROR_UNAVAILABLE, TRUE, RETRY_TIMEOUT},
    {0, 400, "BadDigest", ERROR_TRANSIENT, TRUE, RETRY_TRUNCATED},
    {0, 400, "XAmzContentSHA256Mismatch", ERROR_TRANSIENT, TRUE, RETRY_TRUNCATED},
    {0, 400, "XAmzContentChecksumMismatch", ERROR_TRANSIENT, TRUE, RETRY_TRUNCATED},
    {0, 409, "ConditionalRequestConflict", ERROR_TRANSIENT, TRUE, RETRY_SERVER},
    {0, 409, "OperationAborted", ERROR_TRANSIENT, TRUE, RETRY_SERVER},
    {0, 403, "SlowDown", ERROR_UNAVAILABLE, TRUE, RETRY_THROTTLE},
    {0, 400, "ThrottlingException", ERROR_UNAVAILABLE, TRUE, RETRY_THROTTLE},
    {0, 503, "ServiceUnavailable", ERROR_UNAVAILABLE, TRUE, RETRY_SERVER},
    {0, 503, "XMinioServerNotInitialized", ERROR_UNAVAILABLE, TRUE, RETRY_SERVER},
    {0, 503, "SomethingNew", ERROR_UNAVAILABLE, TRUE, RETRY_THROTTLE},
    {0, 507, NULL, ERROR_FULL, FALSE, RETRY_NONE},
    {0, 403, "QuotaExceeded", ERROR_FULL, FALSE, RETRY_NONE},
    {0, 507, "XMinioStorageFull", ERROR_FULL, FALSE, RETRY_NONE},
    {0, 400, "XMinioAdminBucketQuotaExceeded", ERROR_FULL, FALSE, RETRY_NONE},
};

Test(retry, classifies)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        RetryVerdict verdict = retry_classify(table[i].curl_code, table[i].status, table[i].code);

        cr_assert_eq(verdict.class, table[i].class, "row %zu", i);
        cr_assert_eq(verdict.is_retryable, table[i].is_retryable, "row %zu", i);
        cr_assert_eq(verdict.reason, table[i].reason, "row %zu", i);
        cr_assert_eq(verdict.is_stale, table[i].class == ERROR_TRANSIENT && !table[i].is_retryable, "row %zu",
                     i);
    }
}

Test(retry, what_only_this_key_is_refused_for_is_known)
{
    static const char aws[] = "The object was stored using a form of Server Side Encryption. The correct "
                              "parameters must be provided to retrieve the object.";
    static const char ceph[] = "Requests specifying Server Side Encryption with Customer provided keys must "
                               "provide a valid encryption algorithm.";

    cr_assert(retry_is_about_key(400, "InvalidRequest", aws));
    cr_assert(retry_is_about_key(400, "InvalidArgument", ceph));
    cr_assert(retry_is_about_key(400, "KeyTooLongError", NULL));
    cr_assert(retry_is_about_key(400, "XMinioParentIsObject", "Object-prefix is already an object"));
    cr_assert_not(retry_is_about_key(400, "InvalidRequest", NULL));
    cr_assert_not(retry_is_about_key(400, "InvalidRequest", "Missing required header for this request"));
    cr_assert_not(retry_is_about_key(403, "AccessDenied", "Access Denied"));
    cr_assert_not(retry_is_about_key(403, "AccessDenied", aws));
    cr_assert_not(retry_is_about_key(404, "NoSuchKey", NULL));
    cr_assert_not(retry_is_about_key(404, NULL, NULL));
}

Test(retry, delays_double_up_to_a_ceiling)
{
    RetryVerdict plain = {.class = ERROR_TRANSIENT, .is_retryable = TRUE, .reason = RETRY_SERVER};
    RetryVerdict throttle = {.class = ERROR_TRANSIENT, .is_retryable = TRUE, .reason = RETRY_THROTTLE};

    cr_assert_eq(retry_delay_us(&plain, 1, -1, 1.0), 50000);
    cr_assert_eq(retry_delay_us(&plain, 2, -1, 1.0), 100000);
    cr_assert_eq(retry_delay_us(&plain, 3, -1, 0.5), 100000);
    cr_assert_eq(retry_delay_us(&throttle, 1, -1, 1.0), 500000);
    cr_assert_eq(retry_delay_us(&throttle, 3, -1, 1.0), 2000000);
    cr_assert_eq(retry_delay_us(&plain, 4, -1, 0.0), 0);
    cr_assert_eq(retry_delay_us(&plain, 30, -1, 1.0), 20 * CLOCK_US_PER_S);
    cr_assert_eq(retry_delay_us(&throttle, G_MAXUINT, -1, 1.0), 20 * CLOCK_US_PER_S);
}

Test(retry, what_was_wrong_with_the_signature_needs_no_pause)
{
    RetryVerdict skew = {.class = ERROR_TRANSIENT, .is_retryable = TRUE, .reason = RETRY_SKEW},
                 region = {.class = ERROR_PERMANENT, .is_retryable = TRUE, .reason = RETRY_REGION};

    cr_assert_eq(retry_delay_us(&skew, 4, -1, 1.0), 0);
    cr_assert_eq(retry_delay_us(&region, 4, 20, 1.0), 0);
}

Test(retry, a_server_may_ask_for_a_pause)
{
    RetryVerdict throttle = {.class = ERROR_TRANSIENT, .is_retryable = TRUE, .reason = RETRY_THROTTLE};

    cr_assert_eq(retry_delay_us(&throttle, 1, 2, 0.3), 2 * CLOCK_US_PER_S);
    cr_assert_eq(retry_delay_us(&throttle, 1, 0, 0.5), 250000);
    cr_assert_eq(retry_delay_us(&throttle, 9, 2, 0.999) > 19 * CLOCK_US_PER_S, TRUE);
    cr_assert_eq(retry_delay_us(&throttle, 1, 3600, 0.3), RETRY_AFTER_MAX_S * CLOCK_US_PER_S);
    cr_assert_eq(retry_delay_us(&throttle, 1, G_MAXINT64, 0.3), RETRY_AFTER_MAX_S * CLOCK_US_PER_S);
}

Test(retry, parses_retry_after)
{
    cr_assert_eq(retry_parse_after(NULL, 0), -1);
    cr_assert_eq(retry_parse_after("", 0), -1);
    cr_assert_eq(retry_parse_after("soon", 0), -1);
    cr_assert_eq(retry_parse_after("-5", 0), -1);
    cr_assert_eq(retry_parse_after("0", 0), 0);
    cr_assert_eq(retry_parse_after("7", 0), 7);
    cr_assert_eq(retry_parse_after("99999999999999999999999", 0), G_MAXINT32);
    cr_assert_eq(retry_parse_after("Fri, 24 May 2013 00:00:10 GMT", 1369353600), 10);
    cr_assert_eq(retry_parse_after("Fri, 24 May 2013 00:00:10 GMT", 1369353700), 0);
}
