/* Computes the digests that the upload of an output needs: its MD5, and those that the supervisor signs. An
 * output may be as large as limits.max_output_bytes, so they are computed in slices, and the event loop runs
 * in between. Used by the worker. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "s3/aws/digest.h"
#include "s3/checksum.h"

/* Digests to compute for each output besides its MD5. */
typedef struct {
    Checksum checksum;
    gboolean sign_payload;
} SignDigests;

typedef struct {
    guint8 md5[DIGEST_MD5_BYTES];
    char *sha256;   /* in hex; "" unless SignDigests.sign_payload */
    char *checksum; /* as from checksum_compute() */
} OutputDigests;

/* Call it from a task (concurrent/task.h). FALSE with *error set if the loop is being closed. */
gboolean output_digests_compute(const SignDigests *wanted, const Blob *bytes, OutputDigests *ret_digests,
                                GError **error);

void output_digests_clear(OutputDigests *digests);
