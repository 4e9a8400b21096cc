#include "daemon/sign_request.h"

#include "base/error.h"
#include "s3/digest.h"

gboolean sign_request_is_due(const ObjectTask *task)
{
    return object_task_output(task, 0)->reference[0] == '\0';
}

static GVariant *claim_new(const SignDigests *digests, guint number, const Rendered *rendered)
{
    const void *data = blob_data(rendered->bytes);
    const gsize size_bytes = blob_size(rendered->bytes);
    g_autofree char *checksum = checksum_compute(digests->checksum, data, size_bytes);
    g_autofree char *sha256 = digests->sign_payload ? digest_sha256_hex(data, size_bytes) : g_strdup("");

    return g_variant_new("(uuss)", number, (guint32)rendered->format, sha256, checksum);
}

GVariant *sign_request_new(const SignDigests *digests, const ObjectTask *task, const Rendering *rendering)
{
    GVariantBuilder claims;

    g_variant_builder_init(&claims, G_VARIANT_TYPE(SIGN_QUESTION_TYPE));
    for (guint i = 0; i < rendering->outputs->len; i++)
        g_variant_builder_add_value(
            &claims, claim_new(digests, object_task_output(task, i)->number, rendering_output(rendering, i)));
    return g_variant_builder_end(&claims);
}

gboolean sign_request_answered(ObjectTask *task, GVariant *answer, GError **error)
{
    if (!g_variant_is_of_type(answer, G_VARIANT_TYPE(SIGN_ANSWER_TYPE)) ||
        g_variant_n_children(answer) != task->outputs->len) {
        error_set(error, ERROR_INTERNAL, "the supervisor has signed something else");
        return FALSE;
    }
    for (guint i = 0; i < task->outputs->len; i++) {
        TaskOutput *output = &g_array_index(task->outputs, TaskOutput, i);

        g_free(output->reference);
        g_strfreev(output->headers);
        g_variant_get_child(answer, i, "(s^as)", &output->reference, &output->headers);
    }
    return TRUE;
}
