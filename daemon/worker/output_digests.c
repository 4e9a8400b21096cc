#include "daemon/worker/output_digests.h"

#include "concurrent/task.h"

/* Bytes per slice: 1 to 4 ms of work for MD5, SHA-256 and a CRC together. */
#define SLICE_BYTES ((gsize)1 << 20)

gboolean output_digests_compute(const SignDigests *wanted, const Blob *bytes, OutputDigests *ret_digests,
                                GError **error)
{
    g_autoptr(Digester) md5 = digester_new(DIGEST_MD5);
    g_autoptr(Digester) sha256 = wanted->sign_payload ? digester_new(DIGEST_SHA256) : NULL;
    g_autoptr(Checksummer) checksum = checksummer_new(wanted->checksum);
    const guint8 *data = blob_data(bytes);
    const gsize size = blob_size(bytes);
    guint8 digest[DIGEST_SHA256_BYTES];

    for (gsize at = 0; at < size; at += SLICE_BYTES) {
        const gsize slice = MIN(SLICE_BYTES, size - at);

        if (at > 0 && !task_sleep(0, error))
            return FALSE;
        digester_add(md5, data + at, slice);
        checksummer_add(checksum, data + at, slice);
        if (sha256 != NULL)
            digester_add(sha256, data + at, slice);
    }
    digester_end(md5, ret_digests->md5);
    if (sha256 != NULL)
        digester_end(sha256, digest);
    ret_digests->sha256 = sha256 != NULL ? digest_hex(digest, sizeof digest) : g_strdup("");
    ret_digests->checksum = checksummer_end(checksum);
    return TRUE;
}

void output_digests_clear(OutputDigests *digests)
{
    g_clear_pointer(&digests->sha256, g_free);
    g_clear_pointer(&digests->checksum, g_free);
}
