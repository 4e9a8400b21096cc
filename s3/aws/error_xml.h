/* The XML of an error: S3's <Error> (Amazon S3 API Reference, "REST error responses"), or that in the
 * <ErrorResponse> of AWS's other services (STS). Used on both sides. */
#pragma once

#include <glib.h>

/* NULL for what the document does not have. */
typedef struct {
    char *code;    /* "NoSuchKey" */
    char *message; /* escaped for one line of print, up to 300 bytes */
    char *region;  /* of the bucket, where the request went to another's */
} S3Error;

/* Takes what can be had: all NULL if data is no such document. Clear with s3_error_clear(). */
S3Error error_xml_parse(const void *data, gsize size_bytes);

void s3_error_clear(S3Error *error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(S3Error, s3_error_clear)
