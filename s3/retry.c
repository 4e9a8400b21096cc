#include "s3/retry.h"

#include <curl/curl.h>
#include <string.h>

#include "base/clock.h"

#define BASE_US          (50 * CLOCK_US_PER_MS)
#define THROTTLE_BASE_US (500 * CLOCK_US_PER_MS)
#define MAX_DELAY_US     (20 * CLOCK_US_PER_S)

static const RetryVerdict transient = {ERROR_TRANSIENT, TRUE, FALSE};
static const RetryVerdict throttle = {ERROR_TRANSIENT, TRUE, TRUE};
static const RetryVerdict permanent = {ERROR_PERMANENT, FALSE, FALSE};
/* Not with this request, which is signed with them. */
static const RetryVerdict expired = {ERROR_TRANSIENT, FALSE, FALSE};
static const RetryVerdict internal = {ERROR_INTERNAL, FALSE, FALSE};

static const char *const throttle_codes[] = {
    "SlowDown",
    "SlowDownRead",
    "SlowDownWrite",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequests",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "ServerBusy",
};

/* BadDigest: the bytes were damaged on the way. The two conflicts: another write to the key was under way. */
static const char *const transient_codes[] = {
    "RequestTimeout",     "RequestTimeoutException",    "InternalError", "InternalErrors",
    "ServiceUnavailable", "PriorRequestNotComplete",    "BadDigest",     "ConditionalRequestConflict",
    "OperationAborted",   "XMinioServerNotInitialized",
};

static gboolean is_listed(const char *code, const char *const *codes, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        if (strcmp(code, codes[i]) == 0)
            return TRUE;
    }
    return FALSE;
}

static RetryVerdict classify_curl(int code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: /* libcurl does not tell "no such name" from "no answer" */
    case CURLE_COULDNT_CONNECT:
    case CURLE_HTTP2:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2_STREAM: return transient;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_WEIRD_SERVER_REPLY: return permanent;
    default: return internal;
    }
}

static RetryVerdict classify_status(long status)
{
    switch (status) {
    case 408:
    case 500:
    case 502:
    case 504: return transient;
    case 429:
    case 503:
    case 509: return throttle;
    default: return permanent;
    }
}

gboolean retry_wants_new_credentials(const char *s3_code)
{
    static const char *const codes[] = {"ExpiredToken", "ExpiredTokenException", "InvalidToken",
                                        "TokenRefreshRequired"};

    return s3_code != NULL && is_listed(s3_code, codes, G_N_ELEMENTS(codes));
}

RetryVerdict retry_classify(int curl_code, long status, const char *s3_code)
{
    if (curl_code != CURLE_OK)
        return classify_curl(curl_code);
    if (s3_code != NULL && is_listed(s3_code, throttle_codes, G_N_ELEMENTS(throttle_codes)))
        return throttle;
    if (s3_code != NULL && is_listed(s3_code, transient_codes, G_N_ELEMENTS(transient_codes)))
        return transient;
    if (retry_wants_new_credentials(s3_code))
        return expired;
    return classify_status(status);
}

gint64 retry_delay_us(const RetryVerdict *verdict, guint attempt, gint64 retry_after_s, double random)
{
    gint64 delay = verdict->is_throttle ? THROTTLE_BASE_US : BASE_US;
    gint64 floor = CLAMP(retry_after_s, 0, RETRY_AFTER_MAX_S) * CLOCK_US_PER_S;

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
