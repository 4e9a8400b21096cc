#include "ipc/message.h"

#include "base/error.h"

const MessageSpec *message_find(const Protocol *protocol, guint32 number, MessageDirection direction)
{
    if (number >= protocol->n_specs || protocol->specs[number].direction != direction)
        return NULL;
    return &protocol->specs[number];
}

GVariant *message_decode(const MessageSpec *spec, GBytes *bytes, guint n_fds, GError **error)
{
    g_autoptr(GVariant) payload =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(spec->type), bytes, FALSE));

    if (n_fds > spec->max_fds) {
        error_set(error, ERROR_INTERNAL, "message %s with %u descriptors", spec->name, n_fds);
        return NULL;
    }
    if (!g_variant_is_normal_form(payload)) {
        error_set(error, ERROR_INTERNAL, "message %s does not have the type %s", spec->name, spec->type);
        return NULL;
    }
    return g_steal_pointer(&payload);
}
