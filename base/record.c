#include "base/record.h"

#include <string.h>

G_STATIC_ASSERT(sizeof(gboolean) == sizeof(guint32));

static GVariant *field_to_variant(const RecordField *field, const void *record)
{
    const char *address = (const char *)record + field->offset;
    guint64 wide;
    guint32 narrow;

    if (field->type == 't' || field->type == 'x') {
        memcpy(&wide, address, sizeof wide);
        return field->type == 't' ? g_variant_new_uint64(wide) : g_variant_new_int64((gint64)wide);
    }
    memcpy(&narrow, address, sizeof narrow);
    return field->type == 'b' ? g_variant_new_boolean(narrow != 0) : g_variant_new_uint32(narrow);
}

static void field_from_variant(const RecordField *field, GVariant *variant, void *record)
{
    char *address = (char *)record + field->offset;
    guint64 wide;
    guint32 narrow;

    if (field->type == 't' || field->type == 'x') {
        wide = field->type == 't' ? g_variant_get_uint64(variant) : (guint64)g_variant_get_int64(variant);
        memcpy(address, &wide, sizeof wide);
        return;
    }
    narrow = field->type == 'b' ? (guint32)g_variant_get_boolean(variant) : g_variant_get_uint32(variant);
    memcpy(address, &narrow, sizeof narrow);
}

GVariant *record_to_variant(const RecordTable *table, const void *record)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_TUPLE);
    for (guint i = 0; i < table->n_fields; i++)
        g_variant_builder_add_value(&builder, field_to_variant(&table->fields[i], record));
    return g_variant_builder_end(&builder);
}

static gboolean is_of_type(const RecordTable *table, GVariant *variant)
{
    const char *type = g_variant_get_type_string(variant);

    if (strlen(type) != table->n_fields + 2 || type[0] != '(')
        return FALSE;
    for (guint i = 0; i < table->n_fields; i++)
        if (type[i + 1] != table->fields[i].type)
            return FALSE;
    return TRUE;
}

gboolean record_from_variant(const RecordTable *table, GVariant *variant, void *record)
{
    if (!is_of_type(table, variant))
        return FALSE;
    for (guint i = 0; i < table->n_fields; i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(variant, i);

        field_from_variant(&table->fields[i], child, record);
    }
    return TRUE;
}
