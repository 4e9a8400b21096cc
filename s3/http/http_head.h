/* The status and headers of a response, parsed line by line as they arrive. Pure; used by the supervisor and
 * the workers. Sizes are limited, and values are not trusted here. (RFC 9110, 5 and 6.) */
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
    HTTP_HEADER_ENCRYPTION,          /* how S3 encrypts the stored object */
    HTTP_HEADER_CUSTOMER_ENCRYPTION, /* set if the client supplies the encryption key (SSE-C) */
} HttpHeader;

#define HTTP_HEADER_COUNT (HTTP_HEADER_CUSTOMER_ENCRYPTION + 1)

/* Longer lines are dropped: an object's metadata has 2 KiB at most, and the other headers are short. */
#define LIMIT_HEADER_BYTES 2560u

/* S3 allows 2 KiB of metadata; lines beyond this limit are dropped. */
#define LIMIT_METADATA_BYTES (8u << 10)

/* Initialize with {0}. */
typedef struct {
    long status; /* or 0 before the first status line */
    char *headers[HTTP_HEADER_COUNT];
    GPtrArray *metadata; /* of char: lines, NULL-terminated; or NULL */
    gsize metadata_bytes;
} HttpHead;

/* Adds a line. TRUE if it is a status line, which begins another response: everything before it was
 * discarded. */
gboolean http_head_add(HttpHead *head, const char *line, gsize length);

/* A server's time is accepted only if it differs from ours by no more than this: a server that could choose
 * the time would get requests signed for years to come. */
#define HTTP_SKEW_MAX_S G_GINT64_CONSTANT(86400)

/* The response's Date in Unix seconds, or -1 if it is missing or not a time from 1970 to 9999. */
gint64 http_head_date_s(const HttpHead *head);

/* Content-Length, or -1 if it is missing or malformed. */
gint64 http_head_length(const HttpHead *head);

#define HTTP_TOTAL_UNKNOWN G_MAXUINT64

/* A part of an object: first_byte <= last_byte < total_bytes. */
typedef struct {
    guint64 first_byte, last_byte;
    guint64 total_bytes; /* or HTTP_TOTAL_UNKNOWN */
} HttpRange;

/* Content-Range; FALSE if it is missing or not a satisfied byte range (RFC 9110, 14.4). */
gboolean http_head_range(const HttpHead *head, HttpRange *ret_range);

/* Resets head to {0}. */
void http_head_clear(HttpHead *head);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpHead, http_head_clear)
