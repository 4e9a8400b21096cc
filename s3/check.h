/* Learns from the server why it refuses presigned URLs. Used by the supervisor; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/client.h"

typedef struct S3Check S3Check;

/* Borrows client, which must outlive it. */
S3Check *s3_check_new(S3Client *client);

/* After a refusal of a presigned URL that another signature may change: asks the server for next to nothing.
 * The client learns from the answer what is wrong, as from any listing (s3/client.h), and signs accordingly
 * from then on. The request's own failure is ignored. Does nothing while the last request has not ended. */
void s3_check_run(S3Check *check);

/* NULL is allowed. */
void s3_check_free(S3Check *check);
