#include "s3/attempts.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "s3/aws/error_xml.h"

struct Attempts {
    AttemptsOptions options;
    RetryQuota *quota;
    Pace *pace;
    guint number;
    guint tokens; /* taken from quota by the last retry */
    RetryReason reason;
    gboolean was_server_failure;
    gboolean has_place; /* it has its turn in the client's pace */
    Timer *timer;
};

static gboolean is_refused(const Attempts *attempts)
{
    return !breaker_allows(attempts->options.breaker, attempts->options.side, clock_now_us());
}

static void attempts_start(Attempts *attempts)
{
    gint64 now_us = clock_now_us();
    gint64 wait_us = attempts->has_place ? 0 : pace_wait_us(attempts->pace, now_us);

    attempts->has_place = wait_us > 0;
    if (wait_us > 0)
        timer_set(attempts->timer, now_us + wait_us);
    else
        attempts->options.start(attempts->options.data);
}

static void attempts_due(void *data)
{
    Attempts *attempts = data;

    if (is_refused(attempts))
        attempts->options.refused(attempts->options.data);
    else
        attempts_start(attempts);
}

Attempts *attempts_new(HttpClient *client, const AttemptsOptions *options)
{
    Attempts *attempts = g_new0(Attempts, 1);

    attempts->options = *options;
    if (options->max == 0)
        attempts->options.max = RETRY_DEFAULT_ATTEMPTS;
    attempts->number = 1;
    attempts->quota = http_client_quota(client);
    attempts->pace = http_client_pace(client);
    attempts->timer = timer_new(http_client_context(client), attempts_due, attempts);
    return attempts;
}

void attempts_free(Attempts *attempts)
{
    if (attempts == NULL)
        return;
    timer_free(attempts->timer);
    g_free(attempts);
}

void attempts_begin(Attempts *attempts)
{
    if (is_refused(attempts))
        timer_set(attempts->timer, 0);
    else
        attempts_start(attempts);
}

RetryReason attempts_reason(const Attempts *attempts)
{
    return attempts->reason;
}

gboolean attempts_want_fresh_connection(const Attempts *attempts)
{
    return attempts->was_server_failure;
}

gboolean attempts_retry(Attempts *attempts, const RetryVerdict *verdict, const HttpResponse *response,
                        const GError *error)
{
    gint64 after_s = retry_parse_after(http_response_header(response, HTTP_HEADER_RETRY_AFTER),
                                       clock_wall_us() / CLOCK_US_PER_S);
    gint64 delay_us;

    if (verdict->reason == RETRY_THROTTLE)
        pace_slow_down(attempts->pace, clock_now_us());
    breaker_fail(attempts->options.breaker, attempts->options.side, verdict, error->message, clock_now_us());
    if (!verdict->is_retryable || attempts->number >= attempts->options.max || is_refused(attempts))
        return FALSE;
    attempts->tokens = retry_quota_take(attempts->quota, verdict->reason);
    if (attempts->tokens == 0)
        return FALSE;
    delay_us = retry_delay_us(verdict, attempts->number, after_s, g_random_double());
    attempts->was_server_failure = http_response_status(response) >= 500;
    attempts->number++;
    attempts->reason = verdict->reason;
    timer_set(attempts->timer, clock_now_us() + delay_us);
    return TRUE;
}

void attempts_succeed(Attempts *attempts)
{
    breaker_succeed(attempts->options.breaker, attempts->options.side);
    retry_quota_give(attempts->quota, attempts->tokens);
    pace_speed_up(attempts->pace);
}

char *attempts_describe(HttpKind kind, const char *url)
{
    static const char *const words[] = {
        [HTTP_LIST] = "LIST", [HTTP_GET] = "GET",       [HTTP_CHECK] = "CHECK", [HTTP_PUT] = "PUT",
        [HTTP_HEAD] = "HEAD", [HTTP_DELETE] = "DELETE", [HTTP_POST] = "POST"};

    return g_strdup_printf("%s %.*s", words[kind], (int)strcspn(url, "?"), url);
}

GError *attempts_refusal(const Attempts *attempts, HttpKind kind, const char *url)
{
    g_autofree char *what = attempts_describe(kind, url);
    GError *error = NULL;

    error_set(&error, ERROR_UNSENT,
              "%s: not sent because several requests in a row failed, the last one with: %s", what,
              attempts->options.breaker->reason);
    return error;
}

RetryVerdict attempts_judge(const HttpResponse *response, HttpKind kind, const char *url, char **ret_region,
                            GError **error)
{
    g_autofree char *what = attempts_describe(kind, url);
    g_auto(S3Error) parsed = {0};
    const char *region = http_response_header(response, HTTP_HEADER_BUCKET_REGION);
    long status = http_response_status(response);
    int curl_code = http_response_curl_code(response);
    gsize size = 0;
    const void *body = http_response_error_body(response, &size);
    g_autofree char *hint = NULL;
    RetryVerdict verdict;

    parsed = error_xml_parse(body, size);
    verdict = retry_classify(curl_code, status, parsed.code);
    if (curl_code != 0) {
        error_set(error, verdict.class, "%s: %s", what, http_response_curl_text(response));
        return verdict;
    }
    if (verdict.class == ERROR_PERMANENT && retry_is_about_key(status, parsed.code, parsed.message))
        verdict.class = ERROR_INPUT;
    if (parsed.region != NULL)
        region = parsed.region;
    if (region != NULL && !verdict.is_retryable && (status / 100 == 3 || status == 400)) {
        verdict.reason = RETRY_REGION;
        verdict.is_stale = TRUE;
        hint = g_strdup_printf(" (the bucket is in region %.63s)", region);
        if (ret_region != NULL)
            *ret_region = g_strdup(region);
    }
    error_set(error, verdict.class, "%s: %ld %s%s%s%s", what, status, parsed.code != NULL ? parsed.code : "",
              parsed.message != NULL ? ": " : "", parsed.message != NULL ? parsed.message : "",
              hint != NULL ? hint : "");
    return verdict;
}
