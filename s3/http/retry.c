#include "s3/http/retry.h"

#include <curl/curl.h>
#include <string.h>

#include "base/clock.h"

#define BASE_US          (50 * CLOCK_US_PER_MS)
#define THROTTLE_BASE_US (500 * CLOCK_US_PER_MS)
#define MAX_DELAY_US     (20 * CLOCK_US_PER_S)

static const RetryVerdict permanent = {.class = ERROR_PERMANENT};
static const RetryVerdict internal = {.class = ERROR_INTERNAL};
static const RetryVerdict skew = {ERROR_TRANSIENT, FALSE, RETRY_SKEW, TRUE};
static const RetryVerdict archived = {.class = ERROR_ARCHIVED};
static const RetryVerdict full = {.class = ERROR_FULL};
/* The same request cannot succeed, as it is signed with the expired credentials. */
static const RetryVerdict expired = {ERROR_TRANSIENT, FALSE, RETRY_NONE, TRUE};

static const struct {
    const char *code;
    RetryReason reason;
    ErrorClass class; /* of the failure once the retries are used up */
} codes[] = {
    {"SlowDown", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"SlowDownRead", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"SlowDownWrite", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"Throttling", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"ThrottlingException", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"ThrottledException", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"RequestThrottled", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"RequestThrottledException", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"TooManyRequests", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"TooManyRequestsException", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"RequestLimitExceeded", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"BandwidthLimitExceeded", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"ServerBusy", RETRY_THROTTLE, ERROR_UNAVAILABLE},
    {"RequestTimeout", RETRY_TIMEOUT, ERROR_UNAVAILABLE},
    {"RequestTimeoutException", RETRY_TIMEOUT, ERROR_UNAVAILABLE},
    {"InternalError", RETRY_SERVER, ERROR_UNAVAILABLE},
    {"InternalErrors", RETRY_SERVER, ERROR_UNAVAILABLE},
    {"ServiceUnavailable", RETRY_SERVER, ERROR_UNAVAILABLE},
    {"XMinioServerNotInitialized", RETRY_SERVER, ERROR_UNAVAILABLE},
    {"IDPCommunicationError", RETRY_SERVER,
     ERROR_UNAVAILABLE},                             /* STS could not reach the issuer of a web identity */
    {"BadDigest", RETRY_TRUNCATED, ERROR_TRANSIENT}, /* the bytes were damaged in transit */
    {"XAmzContentSHA256Mismatch", RETRY_TRUNCATED, ERROR_TRANSIENT},
    {"XAmzContentChecksumMismatch", RETRY_TRUNCATED, ERROR_TRANSIENT},
    /* another write to the key was under way */
    {"PriorRequestNotComplete", RETRY_SERVER, ERROR_TRANSIENT},
    {"ConditionalRequestConflict", RETRY_SERVER, ERROR_TRANSIENT},
    {"OperationAborted", RETRY_SERVER, ERROR_TRANSIENT},
    /* not retried: nobody frees space within the seconds of a retry */
    {"QuotaExceeded", RETRY_NONE, ERROR_FULL},
    {"XMinioStorageFull", RETRY_NONE, ERROR_FULL},
    {"XMinioAdminBucketQuotaExceeded", RETRY_NONE, ERROR_FULL},
};

static RetryVerdict again(RetryReason reason)
{
    return (RetryVerdict){reason == RETRY_TRUNCATED ? ERROR_TRANSIENT : ERROR_UNAVAILABLE, TRUE, reason,
                          FALSE};
}

static RetryVerdict classify_curl(int code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: /* libcurl does not distinguish "no such name" from "no answer" */
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR: return again(RETRY_CONNECT);
    case CURLE_OPERATION_TIMEDOUT: return again(RETRY_TIMEOUT);
    case CURLE_PARTIAL_FILE: return again(RETRY_TRUNCATED);
    case CURLE_HTTP2:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2_STREAM: return again(RETRY_RESET);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_WEIRD_SERVER_REPLY: return permanent;
    default: return internal;
    }
}

static RetryVerdict classify_status(long status)
{
    switch (status) {
    case 408: return again(RETRY_TIMEOUT);
    case 500:
    case 502:
    case 504: return again(RETRY_SERVER);
    case 429:
    case 503:
    case 509: return again(RETRY_THROTTLE);
    case 507: return full;
    default: return permanent;
    }
}

gboolean retry_is_no_tls(int curl_code)
{
    return curl_code == CURLE_SSL_CONNECT_ERROR;
}

gboolean retry_wants_new_credentials(const char *s3_code)
{
    static const char *const expired_codes[] = {"ExpiredToken", "ExpiredTokenException", "InvalidToken",
                                                "TokenRefreshRequired"};

    for (gsize i = 0; s3_code != NULL && i < G_N_ELEMENTS(expired_codes); i++) {
        if (strcmp(s3_code, expired_codes[i]) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean retry_is_about_key(long status, const char *s3_code, const char *message)
{
    static const char *const key_codes[] = {"KeyTooLongError", "InvalidObjectName", "XMinioInvalidObjectName",
                                            "XMinioObjectExistsAsDirectory", "XMinioParentIsObject"};

    for (gsize i = 0; s3_code != NULL && i < G_N_ELEMENTS(key_codes); i++) {
        if (strcmp(s3_code, key_codes[i]) == 0)
            return TRUE;
    }
    return status == 400 && message != NULL && strstr(message, "Server Side Encryption") != NULL;
}

RetryVerdict retry_classify(int curl_code, long status, const char *s3_code)
{
    if (curl_code != CURLE_OK)
        return classify_curl(curl_code);
    for (gsize i = 0; s3_code != NULL && i < G_N_ELEMENTS(codes); i++) {
        if (strcmp(s3_code, codes[i].code) == 0)
            return (RetryVerdict){codes[i].class, codes[i].reason != RETRY_NONE, codes[i].reason, FALSE};
    }
    if (g_strcmp0(s3_code, "RequestTimeTooSkewed") == 0)
        return skew;
    if (retry_wants_new_credentials(s3_code))
        return expired;
    if (g_strcmp0(s3_code, "InvalidObjectState") == 0)
        return archived;
    return classify_status(status);
}

gint64 retry_delay_us(const RetryVerdict *verdict, guint attempt, gint64 retry_after_s, double random)
{
    gint64 delay = verdict->reason == RETRY_THROTTLE ? THROTTLE_BASE_US : BASE_US;
    gint64 floor = CLAMP(retry_after_s, 0, RETRY_AFTER_MAX_S) * CLOCK_US_PER_S;

    if (verdict->reason == RETRY_SKEW || verdict->reason == RETRY_REGION)
        return 0;
    for (guint i = 1; i < attempt && delay < MAX_DELAY_US; i++)
        delay *= 2;
    delay = (gint64)(random * (double)MIN(delay, MAX_DELAY_US));
    return MAX(delay, floor);
}

gint64 retry_parse_after(const char *value, gint64 now_s)
{
    time_t date;

    if (value == NULL)
        return -1;
    if (g_ascii_isdigit(*value) && strspn(value, "0123456789") == strlen(value))
        return (gint64)MIN(g_ascii_strtoull(value, NULL, 10), (guint64)G_MAXINT32);
    date = curl_getdate(value, NULL);
    if (date < 0)
        return -1;
    return MAX((gint64)date - now_s, 0);
}
