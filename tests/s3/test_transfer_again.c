/* Tests further requests for an object: for the rest of it after an interrupted transfer, and whether it has
 * changed. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "tests/s3/transfer_bench.h"

#define NOT_MODIFIED "HTTP/1.1 304 Not Modified\r\n\r\n"

Test(check, asks_for_a_byte_of_what_is_new)
{
    static const char *const script[] = {FAILED, NOT_MODIFIED, NULL};
    Run r;

    run_check(&r, script);
    cr_assert_null(r.error);
    cr_assert(g_str_has_prefix(peer_header(&r.peer, 1, "If-None-Match: "), "\"e1\"\r\n"));
    cr_assert(g_str_has_prefix(peer_header(&r.peer, 1, "Range: "), "bytes=0-0\r\n"));
    cr_assert_eq(r.counters.check, 2);
    cr_assert_eq(r.counters.retry_reasons[RETRY_SERVER], 1);
    cr_assert_eq(r.counters.get, 0);
    run_clear(&r);
}

static void assert_current(const char *answer)
{
    const char *const script[] = {answer, NULL};
    Run r;

    run_check(&r, script);
    cr_assert_null(r.error, "%s", r.error != NULL ? r.error->message : "");
    run_clear(&r);
}

Test(check, is_right_with_servers_that_heed_no_condition_and_no_range)
{
    assert_current(OK_ABC);
    assert_current("HTTP/1.1 200 OK\r\nETag: e1\r\nContent-Length: 3\r\n\r\nabc");
    assert_current("HTTP/1.1 206 Part\r\nETag: W/\"e1\"\r\nContent-Length: 1\r\n\r\na");
}

/* There is no newer version to render. */
Test(check, an_object_that_is_gone_has_not_changed)
{
    assert_current(CODE("404 Not Found", "NoSuchKey"));
}

static void assert_check_fails(const char *answer, ErrorClass class, const char *words)
{
    const char *const script[] = {answer, NULL};
    Run r;

    run_check(&r, script);
    cr_assert_eq(error_class(r.error), class, "%s", r.error->message);
    cr_assert(strstr(r.error->message, words) != NULL, "%s", r.error->message);
    run_clear(&r);
}

Test(check, another_object_is_a_change)
{
    static const char empty[] = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n";

    assert_check_fails("HTTP/1.1 206 Part\r\nETag: \"e2\"\r\nContent-Length: 1\r\n\r\na", ERROR_TRANSIENT,
                       "/b/k%20y: the object has changed since it was read");
    assert_check_fails("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ERROR_TRANSIENT, "has changed");
    assert_check_fails(empty, ERROR_TRANSIENT, "has changed");
    assert_check_fails(CODE("403 Forbidden", "AccessDenied"), ERROR_PERMANENT, "CHECK http://");
    assert_check_fails(CODE("403 Forbidden", "ExpiredToken"), ERROR_STALE, "ExpiredToken");
}

/* Responses for an object of 6 bytes, "abcdef": the first one is truncated. */
#define CUT(etag, bytes) "HTTP/1.1 200 OK\r\nETag: " etag "\r\nContent-Length: 6\r\n\r\n" bytes
#define REST(etag, range, bytes)                                                                             \
    "HTTP/1.1 206 Partial Content\r\nETag: " etag "\r\nContent-Range: bytes " range "\r\n\r\n" bytes

static const TransferGet six = {.max_bytes = 6, .expected_bytes = 6, .expected_etag = "e1"};

Test(resume, goes_on_where_it_was)
{
    static const char *const script[] = {
        CUT("\"e1\"", "ab"),
        "HTTP/1.1 206 Partial Content\r\nETag: \"e1\"\r\nContent-Length: 4\r\n"
        "Content-Range: bytes 2-5/6\r\n\r\nc",
        FAILED, REST("\"e1\"", "3-5/6", "def"), NULL};
    Run r;

    run(&r, script, &six, NULL);
    assert_blob(&r, "abcdef");
    cr_assert_eq(r.counters.get, 4);
    cr_assert_eq(r.counters.retry_reasons[RETRY_TRUNCATED], 2);
    cr_assert_eq(r.counters.retry_reasons[RETRY_SERVER], 1);
    cr_assert_null(peer_header(&r.peer, 0, "Range: "));
    cr_assert(g_str_has_prefix(peer_header(&r.peer, 1, "Range: "), "bytes=2-\r\n"));
    cr_assert(g_str_has_prefix(peer_header(&r.peer, 1, "If-Match: "), "\"e1\"\r\n"));
    cr_assert(g_str_has_prefix(peer_header(&r.peer, 2, "Range: "), "bytes=3-\r\n"));
    cr_assert(g_str_has_prefix(peer_header(&r.peer, 3, "Range: "), "bytes=3-\r\n"));
    run_clear(&r);
}

/* A server without support for ranges responds with the whole object. */
Test(resume, starts_again_where_the_server_or_its_etag_is_not_up_to_it)
{
    static const char *const no_ranges[] = {CUT("\"e1\"", "ab"), CUT("\"e1\"", "abcdef"), NULL};
    static const char *const weak[] = {CUT("W/\"e1\"", "ab"), CUT("W/\"e1\"", "abcdef"), NULL};
    Run r;

    run(&r, no_ranges, &six, NULL);
    assert_blob(&r, "abcdef");
    run_clear(&r);
    run(&r, weak, &six, NULL);
    assert_blob(&r, "abcdef");
    cr_assert_null(peer_header(&r.peer, 1, "Range: "));
    run_clear(&r);
}

static void assert_resume_fails(const char *second, const char *words)
{
    const char *const script[] = {CUT("\"e1\"", "ab"), second, NULL};
    TransferGet any = {.max_bytes = 6, .expected_bytes = -1};
    Run r;

    run(&r, script, &any, NULL);
    cr_assert_eq(error_class(r.error), ERROR_TRANSIENT);
    cr_assert(strstr(r.error->message, words) != NULL, "%s", r.error->message);
    cr_assert_eq(r.counters.get, 2);
    run_clear(&r);
}

Test(resume, never_joins_what_does_not_belong_together)
{
    static const char gone[] = "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n";
    static const char shorter[] = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n";

    assert_resume_fails(gone, "has changed");
    assert_resume_fails(shorter, "has changed");
    assert_resume_fails(REST("\"e2\"", "2-5/6", "cdef"), "has changed");
    assert_resume_fails("HTTP/1.1 206 Part\r\nContent-Range: bytes 2-5/6\r\n\r\ncdef", "has changed");
    assert_resume_fails(REST("\"e1\"", "1-5/6", "bcdef"), "another range");
    assert_resume_fails(REST("\"e1\"", "2-4/6", "cde"), "another range");
    assert_resume_fails(REST("\"e1\"", "2-5/5", "cdef"), "another range");
    assert_resume_fails("HTTP/1.1 206 Part\r\nETag: \"e1\"\r\n\r\ncdef", "another range");
}

Test(resume, a_part_that_nobody_asked_for_is_refused)
{
    static const char *const script[] = {REST("\"e1\"", "0-5/6", "abcdef"), NULL};
    Run r;

    run(&r, script, &six, NULL);
    cr_assert_eq(error_class(r.error), ERROR_TRANSIENT);
    cr_assert(strstr(r.error->message, "another range") != NULL, "%s", r.error->message);
    run_clear(&r);
}

Test(resume, limit_and_size_hold_over_all_parts)
{
    static const char *const longer[] = {CUT("\"e1\"", "ab"), REST("\"e1\"", "2-6/*", "cdefg"), NULL};
    static const char *const total[] = {CUT("\"e1\"", "ab"), REST("\"e1\"", "2-6/7", "cdefg"), NULL};
    static const char *const told[] = {CUT("\"e1\"", "ab"),
                                       "HTTP/1.1 206 Part\r\nETag: \"e1\"\r\nContent-Range: bytes 2-4/5\r\n"
                                       "Content-Length: 3\r\n\r\ncde",
                                       NULL};
    Run r;

    run(&r, longer, &six, NULL);
    cr_assert_eq(error_class(r.error), ERROR_LIMIT, "%s", r.error->message);
    run_clear(&r);
    run(&r, total, &six, NULL);
    cr_assert_eq(error_class(r.error), ERROR_TRANSIENT);
    cr_assert(strstr(r.error->message, "it has 7 bytes and had 6") != NULL, "%s", r.error->message);
    run_clear(&r);
    run(&r, told, &six, NULL);
    cr_assert_eq(error_class(r.error), ERROR_TRANSIENT);
    cr_assert(strstr(r.error->message, "it has 5 bytes and had 6") != NULL, "%s", r.error->message);
    run_clear(&r);
}
