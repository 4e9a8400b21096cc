/* A request to a bucket as an operation that a task (concurrent/task.h) awaits. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "concurrent/loop.h"
#include "s3/call.h"

/* The response to one request. Initialize with {0}, or with an empty array as body if the body of a
 * successful response is wanted. */
typedef struct {
    Future *future; /* done when the other fields are set */
    GError *error;  /* NULL if it succeeded */
    int curl_code;
    long status;
    gint64 date_s; /* the server's time, or -1 */
    char *code;    /* S3's error code, or NULL */
    char *etag;    /* without quotes, or NULL */
    GByteArray *body;
    gsize max_body_bytes; /* a longer body is ERROR_PERMANENT */
} S3Answer;

void s3_answer_clear(S3Answer *answer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(S3Answer, s3_answer_clear)

/* Sends a request and awaits its response. The callbacks in options are ignored. Returns FALSE if the task
 * was cancelled. */
gboolean s3_ask(Loop *loop, S3Client *client, const S3CallOptions *options, S3Answer *ret_answer);
