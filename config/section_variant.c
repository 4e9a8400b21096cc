#include "config/section_variant.h"

#include "base/error.h"
#include "config/model.h"

/* Indexed by FieldKind; NULL if the kind is not sent. */
static const char *const types[] = {
    [FIELD_UINT] = "u",
    [FIELD_SIZE] = "t",
    [FIELD_DURATION] = "x",
    [FIELD_CHOICE] = "u",
    [FIELD_FLAG] = "u",
    [FIELD_COLOUR] = "u",
    [FIELD_SET] = "u",
    [FIELD_STRING] = "s",
    [FIELD_PATTERNS] = "as",
    [FIELD_TEMPLATE] = "s",
    [FIELD_PAIRS] = "a(ss)",
    [FIELD_SECTION] = "a{sv}",
    [FIELD_SECTION_LIST] = "aa{sv}",
    [FIELD_SECTION_BASIS] = NULL,
    [FIELD_RESOLVED] = NULL,
};

static GVariant *pairs_to_variant(const GPtrArray *pairs)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
    for (guint i = 0; i < pairs->len; i++) {
        const PairConfig *pair = pairs->pdata[i];

        g_variant_builder_add(&builder, "(ss)", pair->name, pair->value);
    }
    return g_variant_builder_end(&builder);
}

static GVariant *list_to_variant(const Section *section, const GPtrArray *list)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < list->len; i++)
        g_variant_builder_add_value(&builder, section_to_variant(section, list->pdata[i]));
    return g_variant_builder_end(&builder);
}

/* Returns NULL if the field has no value. */
static GVariant *field_to_variant(const Field *field, const void *base)
{
    const void *address = (const char *)base + field->offset;

    switch (field->kind) {
    case FIELD_UINT:
    case FIELD_CHOICE:
    case FIELD_FLAG:
    case FIELD_COLOUR:
    case FIELD_SET: return g_variant_new_uint32((guint32)field_get_number(field, base));
    case FIELD_SIZE: return g_variant_new_uint64(field_get_number(field, base));
    case FIELD_DURATION: return g_variant_new_int64((gint64)field_get_number(field, base));
    case FIELD_STRING: {
        const char *text = *(char *const *)address;

        return text != NULL ? g_variant_new_string(text) : NULL;
    }
    case FIELD_TEMPLATE: return g_variant_new_string(key_template_text(*(KeyTemplate *const *)address));
    case FIELD_PATTERNS: return g_variant_new_strv(*(const char *const *const *)address, -1);
    case FIELD_PAIRS: return pairs_to_variant(*(GPtrArray *const *)address);
    case FIELD_SECTION: return section_to_variant(field->section, address);
    case FIELD_SECTION_LIST: return list_to_variant(field->section, *(GPtrArray *const *)address);
    case FIELD_SECTION_BASIS:
    case FIELD_RESOLVED: return NULL;
    }
    g_return_val_if_reached(NULL);
}

GVariant *section_to_variant(const Section *section, const void *base)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{sv}"));
    for (guint i = 0; i < section->n_fields; i++) {
        GVariant *value = field_to_variant(&section->fields[i], base);

        if (value != NULL)
            g_variant_builder_add(&builder, "{sv}", section->fields[i].name, value);
    }
    return g_variant_builder_end(&builder);
}

static gboolean read_number(const Field *field, GVariant *value, void *base, GError **error)
{
    guint64 number;

    if (field->kind == FIELD_SIZE)
        number = g_variant_get_uint64(value);
    else if (field->kind == FIELD_DURATION)
        number = (guint64)g_variant_get_int64(value); /* a negative number becomes far larger than any
                                                       * maximum */
    else
        number = g_variant_get_uint32(value);
    if (field_set_number(field, base, number))
        return TRUE;
    error_set(error, ERROR_INTERNAL, "%s out of range: %" G_GUINT64_FORMAT, field->name, number);
    return FALSE;
}

static gboolean set_text(const Field *field, const char *text, void *base, GError **error)
{
    g_autoptr(GError) reason = NULL;

    if (field_set_text(field, base, text, &reason))
        return TRUE;
    error_set(error, ERROR_INTERNAL, "%s: %s", field->name, reason->message);
    return FALSE;
}

static gboolean read_patterns(const Field *field, GVariant *value, void *base, GError **error)
{
    GVariantIter iter;
    const char *pattern;

    field_clear_patterns(field, base);
    g_variant_iter_init(&iter, value);
    while (g_variant_iter_next(&iter, "&s", &pattern)) {
        if (!set_text(field, pattern, base, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean read_pairs(const Field *field, GVariant *value, void *base, GError **error)
{
    GPtrArray *pairs = *(GPtrArray **)field_address(field, base);
    GVariantIter iter;
    const char *name, *text;

    g_variant_iter_init(&iter, value);
    while (g_variant_iter_next(&iter, "(&s&s)", &name, &text)) {
        g_autoptr(GError) reason = NULL;

        if (!field->add_pair(pairs, name, text, &reason)) {
            error_set(error, ERROR_INTERNAL, "%s: %s", field->name, reason->message);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean read_list(const Field *field, GVariant *value, void *base, GError **error)
{
    GVariantIter iter;
    GVariant *child;

    g_variant_iter_init(&iter, value);
    while ((child = g_variant_iter_next_value(&iter)) != NULL) {
        g_autoptr(GVariant) held = child;
        void *item = section_append(field, base);

        if (item == NULL) {
            error_set(error, ERROR_INTERNAL, "%s: too many", field->name);
            return FALSE;
        }
        if (!section_from_variant(field->section, held, item, error))
            return FALSE;
    }
    return TRUE;
}

/* Reads value, which has the field's type. */
static gboolean read_field(const Field *field, GVariant *value, void *base, GError **error)
{
    switch (field->kind) {
    case FIELD_UINT:
    case FIELD_SIZE:
    case FIELD_DURATION:
    case FIELD_CHOICE:
    case FIELD_FLAG:
    case FIELD_COLOUR:
    case FIELD_SET: return read_number(field, value, base, error);
    case FIELD_STRING:
    case FIELD_TEMPLATE: return set_text(field, g_variant_get_string(value, NULL), base, error);
    case FIELD_PATTERNS: return read_patterns(field, value, base, error);
    case FIELD_PAIRS: return read_pairs(field, value, base, error);
    case FIELD_SECTION: return section_from_variant(field->section, value, field_address(field, base), error);
    case FIELD_SECTION_LIST: return read_list(field, value, base, error);
    case FIELD_SECTION_BASIS:
    case FIELD_RESOLVED: break;
    }
    g_return_val_if_reached(FALSE);
}

static gboolean read_entry(const Section *section, const char *name, GVariant *value, void *base,
                           GError **error)
{
    const Field *field = section_find(section, name);
    const char *type = field != NULL ? types[field->kind] : NULL;

    if (type == NULL) {
        error_set(error, ERROR_INTERNAL, "unknown key in a configuration message");
        return FALSE;
    }
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE(type))) {
        error_set(error, ERROR_INTERNAL, "%s of type %s instead of %s", name,
                  g_variant_get_type_string(value), type);
        return FALSE;
    }
    return read_field(field, value, base, error);
}

static gboolean check_required(const Section *section, guint64 seen, GError **error)
{
    for (guint i = 0; i < section->n_fields; i++) {
        if (section->fields[i].is_required && (seen & (G_GUINT64_CONSTANT(1) << i)) == 0) {
            error_set(error, ERROR_INTERNAL, "%s is missing in a configuration message",
                      section->fields[i].name);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean section_from_variant(const Section *section, GVariant *variant, void *base, GError **error)
{
    guint64 seen = 0;
    GVariantIter iter;
    const char *name;
    GVariant *value;

    g_variant_iter_init(&iter, variant);
    while (g_variant_iter_next(&iter, "{&sv}", &name, &value)) {
        g_autoptr(GVariant) held = value;
        const Field *field = section_find(section, name);
        guint64 bit = field != NULL ? G_GUINT64_CONSTANT(1) << (field - section->fields) : 0;

        if ((seen & bit) != 0) {
            error_set(error, ERROR_INTERNAL, "%s twice in a configuration message", name);
            return FALSE;
        }
        seen |= bit;
        if (!read_entry(section, name, held, base, error))
            return FALSE;
    }
    return check_required(section, seen, error);
}
