/* The digests of an output that its upload needs: MD5, and what the supervisor signs. An output may be as
 * large as limits.max_output_bytes, so they are computed in slices, between which the event loop turns. Used
 * by the worker. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "s3/aws/digest.h"
#include "s3/checksum.h"

/* Digests to compute for each output beside its MD5. */
typedef struct {
    Checksum checksum;
    gboolean sign_payload;
} SignDigests;

typedef struct {
    guint8 md5[DIGEST_MD5_BYTES];
    char *sha256;   /* in hex; "" unless SignDigests.sign_payload */
    char *checksum; /* as checksum_compute() */
} OutputDigests;

/* To be called by a task (concurrent/task.h). FALSE with *error set if the loop is being closed. */
gboolean output_digests_compute(const SignDigests *wanted, const Blob *bytes, OutputDigests *ret_digests,
                                GError **error);

void output_digests_clear(OutputDigests *digests);
