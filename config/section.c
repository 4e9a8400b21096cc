#include "config/section.h"

#include <string.h>

#include "base/error.h"
#include "config/model.h"
#include "config/pair_list.h"
#include "config/pattern.h"
#include "config/suggestion.h"
#include "config/units.h"

G_STATIC_ASSERT(sizeof(Fit) == sizeof(guint32));
G_STATIC_ASSERT(sizeof(ImageFormat) == sizeof(guint32));
G_STATIC_ASSERT(sizeof(ConfigAddressing) == sizeof(guint32));
G_STATIC_ASSERT(sizeof(ConfigAcl) == sizeof(guint32));
G_STATIC_ASSERT(sizeof(ConfigEncryption) == sizeof(guint32));

void *field_address(const Field *field, void *base)
{
    return (char *)base + field->offset;
}

/* Numbers */

static gboolean parse_uint(const char *text, guint64 *ret_number)
{
    gsize length = strlen(text);

    /* units_parse_size() accepts units too */
    return strspn(text, "0123456789") == length && units_parse_size(text, ret_number);
}

/* The name that an alias stands for, or text itself. */
static const char *canonical(const FieldChoices *choices, const char *text)
{
    for (guint i = 0; choices->aliases != NULL && choices->aliases[i] != NULL; i += 2) {
        if (strcmp(text, choices->aliases[i]) == 0)
            return choices->aliases[i + 1];
    }
    return text;
}

static gboolean parse_choice(const FieldChoices *choices, const char *text, guint64 *ret_number)
{
    text = canonical(choices, text);
    for (guint i = 0; i < choices->count; i++) {
        if (g_strcmp0(choices->name(i), text) == 0) {
            *ret_number = i;
            return TRUE;
        }
    }
    return FALSE;
}

/* Exactly "#rrggbb"; no sign or "0x" is accepted among the digits. */
static gboolean parse_colour(const char *text, guint64 *ret_number)
{
    if (strlen(text) != 7 || text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6)
        return FALSE;
    *ret_number = g_ascii_strtoull(text + 1, NULL, 16);
    return TRUE;
}

static gboolean parse_flag(const char *text, guint64 *ret_number)
{
    *ret_number = strcmp(text, "true") == 0;
    return *ret_number != 0 || strcmp(text, "false") == 0;
}

static gboolean parse_set(const char *text, guint64 *ret_number)
{
    guint64 number;

    if (!parse_uint(text, &number) || number >= 32)
        return FALSE;
    *ret_number = G_GUINT64_CONSTANT(1) << number;
    return TRUE;
}

static gboolean parse_duration(const char *text, guint64 *ret_number)
{
    gint64 ms;

    if (!units_parse_duration(text, &ms))
        return FALSE;
    *ret_number = (guint64)ms;
    return TRUE;
}

gboolean field_parse_number(const Field *field, const char *text, guint64 *ret_number)
{
    if (field->zero != NULL && strcmp(text, field->zero) == 0) {
        *ret_number = 0;
        return TRUE;
    }
    switch (field->kind) {
    /* A word such as "auto" is stored as 0; a literal 0 is out of range. */
    case FIELD_UINT: return parse_uint(text, ret_number) && (field->zero == NULL || *ret_number != 0);
    case FIELD_SIZE: return units_parse_size(text, ret_number) && (field->zero == NULL || *ret_number != 0);
    case FIELD_DURATION: return parse_duration(text, ret_number) && (field->zero == NULL || *ret_number != 0);
    case FIELD_CHOICE: return parse_choice(field->choices, text, ret_number);
    case FIELD_FLAG: return parse_flag(text, ret_number);
    case FIELD_COLOUR: return parse_colour(text, ret_number);
    case FIELD_SET: return parse_set(text, ret_number);
    default: return FALSE;
    }
}

/* The bits from min to max. */
static guint64 set_mask(const Field *field)
{
    return (G_GUINT64_CONSTANT(2) << field->max) - (G_GUINT64_CONSTANT(1) << field->min);
}

static gboolean is_in_range(const Field *field, guint64 number)
{
    switch (field->kind) {
    case FIELD_CHOICE: return number < field->choices->count && field->choices->name((guint)number) != NULL;
    case FIELD_FLAG: return number <= TRUE;
    case FIELD_COLOUR: return number <= RECIPE_WHITE;
    case FIELD_SET: return number != 0 && (number & ~set_mask(field)) == 0;
    default: break;
    }
    if (field->zero != NULL && number == 0)
        return TRUE;
    return number >= field->min && number <= field->max;
}

gboolean field_set_number(const Field *field, void *base, guint64 number)
{
    guint32 narrow = (guint32)number;

    if (!is_in_range(field, number))
        return FALSE;
    if (field->kind == FIELD_SIZE || field->kind == FIELD_DURATION)
        memcpy(field_address(field, base), &number, sizeof number);
    else
        memcpy(field_address(field, base), &narrow, sizeof narrow);
    return TRUE;
}

guint64 field_get_number(const Field *field, const void *base)
{
    const char *address = (const char *)base + field->offset;
    guint64 wide;
    guint32 narrow;

    if (field->kind == FIELD_SIZE || field->kind == FIELD_DURATION) {
        memcpy(&wide, address, sizeof wide);
        return wide;
    }
    memcpy(&narrow, address, sizeof narrow);
    return narrow;
}

void field_clear_set(const Field *field, void *base)
{
    *(guint32 *)field_address(field, base) = 0;
}

gboolean field_add_number(const Field *field, void *base, const char *text)
{
    const guint64 before = field_get_number(field, base);
    guint64 bit;

    return parse_set(text, &bit) && (before & bit) == 0 && field_set_number(field, base, before | bit);
}

/* Texts */

static gboolean set_string(const Field *field, void *base, const char *text, GError **error)
{
    char **address = field_address(field, base);
    char *normal = field->normalise(text, error);

    if (normal == NULL)
        return FALSE;
    g_free(*address);
    *address = normal;
    return TRUE;
}

static gboolean set_template(const Field *field, void *base, const char *text, GError **error)
{
    KeyTemplate **address = field_address(field, base);
    KeyTemplate *key_template = key_template_parse(text, error);

    if (key_template == NULL)
        return FALSE;
    key_template_free(*address);
    *address = key_template;
    return TRUE;
}

static gboolean add_pattern(const Field *field, void *base, const char *text, GError **error)
{
    GStrv *address = field_address(field, base);
    guint length = g_strv_length(*address);

    if (!pattern_check(text, error))
        return FALSE;
    if (length >= CONFIG_MAX_PATTERNS) {
        error_set(error, ERROR_CONFIG, "more than %u patterns", CONFIG_MAX_PATTERNS);
        return FALSE;
    }
    *address = g_renew(char *, *address, length + 2);
    (*address)[length] = g_strdup(text);
    (*address)[length + 1] = NULL;
    return TRUE;
}

gboolean field_set_text(const Field *field, void *base, const char *text, GError **error)
{
    switch (field->kind) {
    case FIELD_STRING: return set_string(field, base, text, error);
    case FIELD_TEMPLATE: return set_template(field, base, text, error);
    case FIELD_PATTERNS: return add_pattern(field, base, text, error);
    default: g_return_val_if_reached(FALSE);
    }
}

void field_clear_patterns(const Field *field, void *base)
{
    GStrv *address = field_address(field, base);

    g_strfreev(*address);
    *address = g_new0(char *, 1);
}

/* Defaults. They are written in the table as in a file; a test checks that they are valid. */

static void init_patterns(const Field *field, void *base)
{
    g_auto(GStrv) patterns = g_strsplit(field->initial != NULL ? field->initial : "", " ", -1);

    field_clear_patterns(field, base);
    for (guint i = 0; patterns[i] != NULL; i++)
        field_set_text(field, base, patterns[i], NULL);
}

static void init_field(const Field *field, void *base)
{
    guint64 number;

    switch (field->kind) {
    case FIELD_UINT:
    case FIELD_SIZE:
    case FIELD_DURATION:
    case FIELD_CHOICE:
    case FIELD_FLAG:
    case FIELD_COLOUR:
    case FIELD_SET:
        if (field->initial != NULL && field_parse_number(field, field->initial, &number))
            field_set_number(field, base, number);
        break;
    case FIELD_STRING:
    case FIELD_TEMPLATE:
        if (field->initial != NULL)
            field_set_text(field, base, field->initial, NULL);
        break;
    case FIELD_PATTERNS: init_patterns(field, base); break;
    case FIELD_PAIRS: *(GPtrArray **)field_address(field, base) = pair_list_new(); break;
    case FIELD_SECTION: section_init(field->section, field_address(field, base)); break;
    case FIELD_SECTION_LIST: *(GPtrArray **)field_address(field, base) = g_ptr_array_new(); break;
    case FIELD_SECTION_BASIS:
    case FIELD_RESOLVED: break;
    }
}

void section_init(const Section *section, void *base)
{
    memset(base, 0, section->size_bytes);
    for (guint i = 0; i < section->n_fields; i++)
        init_field(&section->fields[i], base);
}

static void clear_list(const Field *field, void *base)
{
    GPtrArray *list = *(GPtrArray **)field_address(field, base);

    for (guint i = 0; i < list->len; i++) {
        section_clear(field->section, list->pdata[i]);
        g_free(list->pdata[i]);
    }
    g_ptr_array_unref(list);
}

void section_clear(const Section *section, void *base)
{
    for (guint i = 0; i < section->n_fields; i++) {
        const Field *field = &section->fields[i];
        void *address = field_address(field, base);

        switch (field->kind) {
        case FIELD_STRING: g_free(*(char **)address); break;
        case FIELD_PATTERNS: g_strfreev(*(GStrv *)address); break;
        case FIELD_TEMPLATE: key_template_free(*(KeyTemplate **)address); break;
        case FIELD_PAIRS: g_ptr_array_unref(*(GPtrArray **)address); break;
        case FIELD_SECTION: section_clear(field->section, address); break;
        case FIELD_SECTION_LIST: clear_list(field, base); break;
        default: break;
        }
    }
}

void *section_append(const Field *field, void *base)
{
    GPtrArray *list = *(GPtrArray **)field_address(field, base);
    void *item;

    if (list->len >= field->max)
        return NULL;
    item = g_malloc0(field->section->size_bytes);
    section_init(field->section, item);
    g_ptr_array_add(list, item);
    return item;
}

/* Names */

const Field *section_find(const Section *section, const char *name)
{
    for (guint i = 0; i < section->n_fields; i++) {
        if (strcmp(section->fields[i].name, name) == 0)
            return &section->fields[i];
    }
    return NULL;
}

const char *section_suggest(const Section *section, const char *name)
{
    const char *names[SECTION_MAX_FIELDS];
    guint n = MIN(section->n_fields, SECTION_MAX_FIELDS);

    for (guint i = 0; i < n; i++)
        names[i] = section->fields[i].name;
    return suggestion_find(name, names, n);
}

static char *choices_to_text(const FieldChoices *choices)
{
    g_autoptr(GString) out = g_string_new("one of");
    const char *separator = " ";

    for (guint i = 0; i < choices->count; i++) {
        if (choices->name(i) == NULL)
            continue;
        g_string_append_printf(out, "%s%s", separator, choices->name(i));
        separator = ", ";
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Describes a range, such as "a whole number from 1 to 100" or "auto or a whole number from 1 to 100". */
static char *number_range(const Field *field, const char *min, const char *max, const char *example)
{
    return g_strconcat(field->zero != NULL ? field->zero : "", field->zero != NULL ? " or " : "",
                       "a whole number from ", min, " to ", max, example, NULL);
}

static char *uint_range(const Field *field)
{
    g_autofree char *min = g_strdup_printf("%" G_GUINT64_FORMAT, field->min);
    g_autofree char *max = g_strdup_printf("%" G_GUINT64_FORMAT, field->max);

    return number_range(field, min, max, "");
}

static char *size_range(const Field *field)
{
    g_autofree char *min = units_format_size(field->min);
    g_autofree char *max = units_format_size(field->max);

    return number_range(field, min, max, ", such as 256M or 256Mi");
}

static char *duration_range(const Field *field)
{
    g_autofree char *min = units_format_duration((gint64)field->min);
    g_autofree char *max = units_format_duration((gint64)field->max);

    return g_strdup_printf("%s%sa duration from %s to %s, such as 60s or 5m",
                           field->zero != NULL ? field->zero : "", field->zero != NULL ? " or " : "", min,
                           max);
}

char *field_expects(const Field *field)
{
    switch (field->kind) {
    case FIELD_UINT: return uint_range(field);
    case FIELD_SIZE: return size_range(field);
    case FIELD_DURATION: return duration_range(field);
    case FIELD_CHOICE: return choices_to_text(field->choices);
    case FIELD_FLAG: return g_strdup("true or false");
    case FIELD_COLOUR: return g_strdup("a colour \"#rrggbb\", in quotes");
    case FIELD_SET:
        return g_strdup_printf("a list of different whole numbers from %" G_GUINT64_FORMAT
                               " to %" G_GUINT64_FORMAT,
                               field->min, field->max);
    case FIELD_STRING: return g_strdup("a text");
    case FIELD_TEMPLATE: return g_strdup("a key template");
    case FIELD_PATTERNS: return g_strdup("a list of patterns");
    case FIELD_PAIRS: return g_strdup("a mapping of names to values");
    case FIELD_SECTION:
    case FIELD_SECTION_BASIS: return g_strdup("a mapping");
    case FIELD_RESOLVED: return g_strdup(field->form);
    case FIELD_SECTION_LIST:
        return g_strdup_printf("a list of 1 to %" G_GUINT64_FORMAT " mappings", field->max);
    }
    g_return_val_if_reached(NULL);
}
