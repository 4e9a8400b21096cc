/* Parses the XML of an error: S3's <Error> (Amazon S3 API Reference, "REST error responses"), or the <Error>
 * within the <ErrorResponse> of AWS's other services (STS). Used by the supervisor and the workers. */
#pragma once

#include <glib.h>

/* A field is NULL if the document does not have it. */
typedef struct {
    char *code;    /* such as "NoSuchKey" */
    char *message; /* escaped to one printable line, up to 300 bytes */
    char *region;  /* the bucket's, if the request went to another region */
} S3Error;

/* Parses as much as possible: all fields are NULL if data is not such a document. Clear with
 * s3_error_clear(). */
S3Error error_xml_parse(const void *data, gsize size_bytes);

void s3_error_clear(S3Error *error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(S3Error, s3_error_clear)
