#include "concurrent/chunk.h"

static gboolean are_alike(GVariant *const *values, gsize n)
{
    const GVariantType *type = n > 0 ? g_variant_get_type(values[0]) : NULL;

    for (gsize i = 1; i < n; i++)
        if (g_variant_get_type(values[i]) != type &&
            !g_variant_type_equal(g_variant_get_type(values[i]), type))
            return FALSE;
    /* an array of variants means the other thing */
    return n > 0 && !g_variant_type_equal(type, G_VARIANT_TYPE_VARIANT);
}

GVariant *chunk_pack(GVariant *const *values, gsize n)
{
    GVariantBuilder builder;

    if (are_alike(values, n))
        return g_variant_new_array(NULL, values, n);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("av"));
    for (gsize i = 0; i < n; i++)
        g_variant_builder_add_value(&builder, g_variant_new_variant(values[i]));
    return g_variant_builder_end(&builder);
}

GVariant *chunk_item(GVariant *chunk, gsize index)
{
    GVariant *item = g_variant_get_child_value(chunk, index);
    GVariant *inner;

    if (!g_variant_is_of_type(item, G_VARIANT_TYPE_VARIANT))
        return item;
    inner = g_variant_get_variant(item);
    g_variant_unref(item);
    return inner;
}
