/* Tests which response headers are kept; tests/fuzz/fuzz_http_head.c has those that no server should send. */
#include <criterion/criterion.h>
#include <string.h>

#include "s3/http/http_head.h"

static void add(HttpHead *head, const char *line)
{
    http_head_add(head, line, strlen(line));
}

Test(http_head, keeps_what_is_asked_for)
{
    g_auto(HttpHead) head = {0};

    cr_assert(http_head_add(&head, "HTTP/1.1 206 Partial Content\r\n", 30));
    add(&head, "eTAG:  \"a\" \r\n");
    add(&head, "X-Other: b\r\n");
    add(&head, "Content-Length: 12\r\n");
    add(&head, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    add(&head, "X-Amz-Meta-Name: c d\r\n");
    add(&head, "\r\n");
    cr_assert_eq(head.status, 206);
    cr_assert_str_eq(head.headers[HTTP_HEADER_ETAG], "\"a\"");
    cr_assert_null(head.headers[HTTP_HEADER_RETRY_AFTER]);
    cr_assert_eq(http_head_length(&head), 12);
    cr_assert_eq(http_head_date_s(&head), 784111777);
    cr_assert_eq(head.metadata->len, 2);
    cr_assert_str_eq(head.metadata->pdata[0], "x-amz-meta-name: c d");
}

Test(http_head, another_status_line_begins_another_answer)
{
    g_auto(HttpHead) head = {0};

    add(&head, "HTTP/1.1 100 Continue\r\n");
    add(&head, "ETag: a\r\n");
    add(&head, "x-amz-meta-b: c\r\n");
    add(&head, "HTTP/1.1 200 OK\r\n");
    cr_assert_eq(head.status, 200);
    cr_assert_null(head.headers[HTTP_HEADER_ETAG]);
    cr_assert_null(head.metadata);
}

Test(http_head, what_is_missing_or_means_nothing_is_told_so)
{
    static const char *const lengths[] = {"-1", "1x", "", "99999999999999999999"};
    static const char *const dates[] = {"Date: yesterday\r\n", "Date: Sun, 06 Nov 1949 08:49:37 GMT\r\n",
                                        "Date: Sun, 06 Nov 99999 08:49:37 GMT\r\n"};
    g_auto(HttpHead) head = {0};

    cr_assert_eq(http_head_length(&head), -1);
    cr_assert_eq(http_head_date_s(&head), -1);
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autofree char *line = g_strconcat("Content-Length: ", lengths[i], "\r\n", NULL);

        add(&head, line);
        cr_assert_eq(http_head_length(&head), -1, "%s", lengths[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(dates); i++) {
        add(&head, dates[i]);
        cr_assert_eq(http_head_date_s(&head), -1, "%s", dates[i]);
    }
}

static gboolean reads_range(const char *value, HttpRange *ret_range)
{
    g_auto(HttpHead) head = {0};
    g_autofree char *line = g_strconcat("Content-Range: ", value, "\r\n", NULL);

    add(&head, line);
    return http_head_range(&head, ret_range);
}

Test(http_head, ranges)
{
    static const char *const wrong[] = {
        "",
        "bytes",
        "bytes 2-5",
        "bytes 2-5/",
        "bytes 2-5/6x",
        "bytes 2-5/*x",
        "bytes  2-5/6",
        "bytes 2 -5/6",
        "bytes -5/6",
        "bytes 2-/6",
        "bytes +2-5/6",
        "bytes 2--5/6",
        "bytes 5-2/6",
        "bytes 2-6/6",
        "bytes */6",
        "items 2-5/6",
        "bytes 2-5/9223372036854775808",
        "bytes 2-99999999999999999999/*",
    };
    g_auto(HttpHead) none = {0};
    HttpRange range = {0};

    cr_assert(reads_range("bytes 2-5/6", &range));
    cr_assert_eq(range.first_byte, 2);
    cr_assert_eq(range.last_byte, 5);
    cr_assert_eq(range.total_bytes, 6);
    cr_assert(reads_range("bytes 0-0/*", &range));
    cr_assert_eq(range.last_byte, 0);
    cr_assert_eq(range.total_bytes, HTTP_TOTAL_UNKNOWN);
    cr_assert(reads_range("bytes 9223372036854775806-9223372036854775806/9223372036854775807", &range));
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        range.first_byte = 77;
        cr_assert_not(reads_range(wrong[i], &range), "%s", wrong[i]);
        cr_assert_eq(range.first_byte, 77, "%s", wrong[i]);
    }
    cr_assert_not(http_head_range(&none, &range));
}

Test(http_head, what_is_too_long_is_dropped)
{
    g_auto(HttpHead) head = {0};
    g_autofree char *long_value = g_strnfill(LIMIT_HEADER_BYTES, 'x');
    g_autofree char *etag = g_strconcat("ETag: ", long_value, "\r\n", NULL);
    g_autofree char *metadata = g_strdup_printf("x-amz-meta-a: %.2000s\r\n", long_value);

    add(&head, etag);
    cr_assert_null(head.headers[HTTP_HEADER_ETAG]);
    for (guint i = 0; i < 10; i++)
        add(&head, metadata);
    cr_assert_eq(head.metadata->len, LIMIT_METADATA_BYTES / 2014 + 1);
}
