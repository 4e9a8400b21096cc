/* Finds out from the server why it refuses presigned URLs. Used by the supervisor; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/client.h"

typedef struct S3Check S3Check;

/* Borrows client, which must outlive it. */
S3Check *s3_check_new(S3Client *client);

/* Call it after the refusal of a presigned URL that another signature may correct. Sends a minimal listing
 * request: the client learns from the response what is wrong, as from any listing (s3/client.h), and signs
 * accordingly from then on. The failure of the request itself is ignored. Does nothing while the previous
 * check is running. */
void s3_check_run(S3Check *check);

/* check may be NULL. */
void s3_check_free(S3Check *check);
