/* The status and the headers of an answer, line by line as they come. Pure; used on both sides. What it takes
 * from a server has limits, and nothing of it is believed here. (RFC 9110, 5 and 6.) */
#pragma once

#include <glib.h>

/* Response headers that are kept; others are skipped. */
typedef enum {
    HTTP_HEADER_CONTENT_LENGTH,
    HTTP_HEADER_CONTENT_RANGE,
    HTTP_HEADER_CONTENT_TYPE,
    HTTP_HEADER_DATE,
    HTTP_HEADER_ETAG,
    HTTP_HEADER_LAST_MODIFIED,
    HTTP_HEADER_RETRY_AFTER,
    HTTP_HEADER_BUCKET_REGION,
    HTTP_HEADER_REQUEST_ID,
    HTTP_HEADER_VERSION_ID,
    HTTP_HEADER_ENCRYPTION,          /* how S3 keeps the object */
    HTTP_HEADER_CUSTOMER_ENCRYPTION, /* the same, with a key that the client brings */
} HttpHeader;

#define HTTP_HEADER_COUNT (HTTP_HEADER_CUSTOMER_ENCRYPTION + 1)

/* Longer lines are dropped: an object's metadata has 2 KiB, and what else is kept is short. */
#define LIMIT_HEADER_BYTES 2560u

/* S3 allows 2 KiB of them; what more comes is dropped. */
#define LIMIT_METADATA_BYTES (8u << 10)

/* {0}: nothing came yet. */
typedef struct {
    long status; /* 0: none */
    char *headers[HTTP_HEADER_COUNT];
    GPtrArray *metadata; /* of char: lines, and NULL at the end; NULL: none */
    gsize metadata_bytes;
} HttpHead;

/* TRUE: it is a status line, with which another answer begins: what came before it is gone. */
gboolean http_head_add(HttpHead *head, const char *line, gsize length);

/* A server's time is believed if it differs by no more: with the time of its choice it would get requests
 * that are signed for years to come. */
#define HTTP_SKEW_MAX_S G_GINT64_CONSTANT(86400)

/* The server's time, in Unix seconds; -1: not given, or no time from 1970 to 9999. */
gint64 http_head_date_s(const HttpHead *head);

/* Content-Length; -1: not given, or no length. */
gint64 http_head_length(const HttpHead *head);

#define HTTP_TOTAL_UNKNOWN G_MAXUINT64

/* A part of an object: first_byte <= last_byte < total_bytes. */
typedef struct {
    guint64 first_byte, last_byte;
    guint64 total_bytes; /* or HTTP_TOTAL_UNKNOWN */
} HttpRange;

/* Content-Range; FALSE: not given, or no such range (RFC 9110, 14.4). */
gboolean http_head_range(const HttpHead *head, HttpRange *ret_range);

/* Back to {0}. */
void http_head_clear(HttpHead *head);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpHead, http_head_clear)
