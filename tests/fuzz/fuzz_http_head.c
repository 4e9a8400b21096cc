/* For any headers of a server, the stored values are short and of one line, and the numbers parsed from them
 * are in range. */
#include "base/error.h"
#include "fuzz.h"
#include "s3/aws/aws_host.h"
#include "s3/endpoint.h"
#include "s3/etag.h"
#include "s3/http/http_head.h"
#include "s3/http/retry.h"

#include <string.h>

static const gint64 now_s = 1700000000;

static void expect_short(const char *value)
{
    g_assert_cmpuint(strlen(value), <=, LIMIT_HEADER_BYTES);
    g_assert_false(g_ascii_isspace(value[0]));
    g_assert_false(value[0] != '\0' && g_ascii_isspace(value[strlen(value) - 1]));
}

static void expect_metadata(const GPtrArray *lines)
{
    gsize bytes = 0;

    for (guint i = 0; lines->pdata[i] != NULL; i++) {
        g_assert_true(g_str_has_prefix(lines->pdata[i], "x-amz-meta-"));
        bytes += strlen(lines->pdata[i]);
    }
    g_assert_cmpuint(bytes, <=, LIMIT_METADATA_BYTES);
    g_assert_null(lines->pdata[lines->len - 1]);
}

static void expect_etag(const char *etag)
{
    g_autofree char *bare = etag_bare(etag);

    g_assert_cmpuint(strlen(bare), <=, strlen(etag));
    g_assert_true(!etag_is_like_md5(bare) || strlen(bare) == 32);
}

/* A region becomes part of a host name, or is refused. */
static void expect_region(const char *region)
{
    g_autoptr(Endpoint) here = endpoint_new(&(EndpointOptions){0}, "bucket", NULL);
    g_autoptr(Endpoint) there = endpoint_in_region(here, region, NULL);

    g_assert_nonnull(here);
    if (there == NULL)
        return;
    g_assert_cmpstr(endpoint_region(there), ==, region);
    g_assert_cmpuint(strspn(endpoint_host(there), "abcdefghijklmnopqrstuvwxyz0123456789-."), ==,
                     strlen(endpoint_host(there)));
}

static void expect_head(const HttpHead *head)
{
    const char *etag = head->headers[HTTP_HEADER_ETAG];
    const char *region = head->headers[HTTP_HEADER_BUCKET_REGION];
    gint64 after_s = retry_parse_after(head->headers[HTTP_HEADER_RETRY_AFTER], now_s);
    HttpRange range;
    const RetryVerdict verdict = {.class = ERROR_TRANSIENT, .is_retryable = TRUE, .reason = RETRY_THROTTLE};

    for (guint i = 0; i < HTTP_HEADER_COUNT; i++) {
        if (head->headers[i] != NULL)
            expect_short(head->headers[i]);
    }
    if (http_head_date_s(head) != -1)
        g_date_time_unref(g_date_time_new_from_unix_utc(http_head_date_s(head)));
    g_assert_cmpint(http_head_length(head), >=, -1);
    if (http_head_range(head, &range)) {
        g_assert_cmpuint(range.first_byte, <=, range.last_byte);
        g_assert_cmpuint(range.last_byte, <, range.total_bytes);
    }
    g_assert_cmpint(after_s, >=, -1);
    g_assert_cmpint(retry_delay_us(&verdict, 3, after_s, 1.0), <=, (gint64)1000000 * 3600);
    if (head->metadata != NULL)
        expect_metadata(head->metadata);
    if (etag != NULL)
        expect_etag(etag);
    if (region != NULL)
        expect_region(region);
}

/* Feeds line by line, like libcurl. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_auto(HttpHead) head = {0};
    const char *at = (const char *)data, *end = at + size;

    while (at < end) {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        const char *next = newline != NULL ? newline + 1 : end;

        if (http_head_add(&head, at, (gsize)(next - at)))
            g_assert_null(head.metadata);
        at = next;
    }
    expect_head(&head);
    return 0;
}
