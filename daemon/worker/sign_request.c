#include "daemon/worker/sign_request.h"

#include "base/error.h"
#include "daemon/protocol/messages.h"

gboolean sign_request_is_due(const ObjectTask *task)
{
    return object_task_output(task, 0)->reference[0] == '\0';
}

GVariant *sign_request_new(const ObjectTask *task, const Rendering *rendering, const GArray *digests)
{
    GVariantBuilder claims;

    g_variant_builder_init(&claims, G_VARIANT_TYPE(SIGN_QUESTION_TYPE));
    for (guint i = 0; i < rendering->outputs->len; i++) {
        const OutputDigests *of_output = &g_array_index(digests, OutputDigests, i);

        g_variant_builder_add(&claims, "(uuss)", (guint32)object_task_output(task, i)->number,
                              (guint32)rendering_output(rendering, i)->format, of_output->sha256,
                              of_output->checksum);
    }
    return g_variant_builder_end(&claims);
}

gboolean sign_request_answered(ObjectTask *task, GVariant *answer, GError **error)
{
    if (!g_variant_is_of_type(answer, G_VARIANT_TYPE(SIGN_ANSWER_TYPE)) ||
        g_variant_n_children(answer) != task->outputs->len) {
        error_set(error, ERROR_INTERNAL, "the supervisor returned a signature for another request");
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
