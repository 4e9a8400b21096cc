#include "config/section_show.h"

#include <string.h>

#include "config/model.h"
#include "config/units.h"

#define INDENT 2u

typedef struct {
    GString *out;
    guint depth;
} Writer;

static void show_fields(const Writer *writer, const Section *section, const void *base, gboolean is_item);

static void append_indent(const Writer *writer, guint depth)
{
    for (guint i = 0; i < depth * INDENT; i++)
        g_string_append_c(writer->out, ' ');
}

char *section_quote(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "'", -1);
    g_autofree char *escaped = g_strjoinv("''", parts);
    g_autoptr(GString) literal = g_string_new(escaped);

    g_string_replace(literal, "${", "$${", 0);
    return g_strdup_printf("'%s'", literal->str);
}

static void append_text(const Writer *writer, const char *text)
{
    g_autofree char *quoted = section_quote(text);

    g_string_append(writer->out, quoted);
}

/* The number as a text that field_parse_number() reads. Owned by the caller. */
static char *number_text(const Field *field, guint64 number)
{
    if (field->zero != NULL && number == 0)
        return g_strdup(field->zero);
    switch (field->kind) {
    case FIELD_SIZE: return units_format_size(number);
    case FIELD_DURATION: return units_format_duration((gint64)number);
    case FIELD_CHOICE: return g_strdup_printf("'%s'", field->choices->name((guint)number));
    case FIELD_FLAG: return g_strdup(number != 0 ? "true" : "false");
    case FIELD_COLOUR: return g_strdup_printf("'#%06x'", (guint)number);
    default: return g_strdup_printf("%" G_GUINT64_FORMAT, number);
    }
}

static void append_set(const Writer *writer, guint64 bits)
{
    const char *separator = "[";

    for (guint n = 0; n < 32; n++) {
        if ((bits >> n & 1) == 0)
            continue;
        g_string_append_printf(writer->out, "%s%u", separator, n);
        separator = ", ";
    }
    g_string_append_c(writer->out, ']');
}

static void append_patterns(const Writer *writer, const char *const *patterns)
{
    g_string_append_c(writer->out, '[');
    for (guint i = 0; patterns[i] != NULL; i++) {
        g_string_append(writer->out, i > 0 ? ", " : "");
        append_text(writer, patterns[i]);
    }
    g_string_append_c(writer->out, ']');
}

static void append_pairs(const Writer *writer, const GPtrArray *pairs)
{
    g_string_append_c(writer->out, '{');
    for (guint i = 0; i < pairs->len; i++) {
        const PairConfig *pair = pairs->pdata[i];

        g_string_append(writer->out, i > 0 ? ", " : "");
        append_text(writer, pair->name);
        g_string_append(writer->out, ": ");
        append_text(writer, pair->value);
    }
    g_string_append_c(writer->out, '}');
}

static void show_list(const Writer *writer, const Field *field, const GPtrArray *list)
{
    const Writer below = {writer->out, writer->depth + 2};

    for (guint i = 0; i < list->len; i++) {
        g_string_append_c(writer->out, '\n');
        append_indent(writer, writer->depth + 1);
        g_string_append(writer->out, "- ");
        show_fields(&below, field->section, list->pdata[i], TRUE);
    }
}

static void show_section(const Writer *writer, const Field *field, const void *base)
{
    const Writer below = {writer->out, writer->depth + 1};

    g_string_append_c(writer->out, '\n');
    append_indent(&below, below.depth);
    show_fields(&below, field->section, base, TRUE);
}

/* A section whose keys are all optional texts may have none. */
static gboolean has_value(const Field *field, const void *address)
{
    switch (field->kind) {
    case FIELD_SECTION:
        for (guint i = 0; i < field->section->n_fields; i++)
            if (has_value(&field->section->fields[i],
                          (const char *)address + field->section->fields[i].offset))
                return TRUE;
        return FALSE;
    case FIELD_STRING: return *(char *const *)address != NULL;
    case FIELD_SECTION_BASIS:
    case FIELD_RESOLVED: return FALSE;
    default: return TRUE;
    }
}

static void show_value(const Writer *writer, const Field *field, const void *base)
{
    const void *address = (const char *)base + field->offset;
    g_autofree char *number = NULL;

    if (field->kind != FIELD_SECTION && field->kind != FIELD_SECTION_LIST)
        g_string_append_c(writer->out, ' ');
    switch (field->kind) {
    case FIELD_STRING: append_text(writer, *(char *const *)address); break;
    case FIELD_TEMPLATE: append_text(writer, key_template_text(*(KeyTemplate *const *)address)); break;
    case FIELD_PATTERNS: append_patterns(writer, *(const char *const *const *)address); break;
    case FIELD_PAIRS: append_pairs(writer, *(GPtrArray *const *)address); break;
    case FIELD_SECTION: show_section(writer, field, address); break;
    case FIELD_SECTION_LIST: show_list(writer, field, *(GPtrArray *const *)address); break;
    case FIELD_SET: append_set(writer, field_get_number(field, base)); break;
    default: number = number_text(field, field_get_number(field, base)); g_string_append(writer->out, number);
    }
}

/* Whether a field is shown: shared by the jobs of a file, or of one of them. */
typedef gboolean (*Wanted)(const Field *field);

static gboolean is_shared(const Field *field)
{
    return field->place == FIELD_OF_FILE;
}

static gboolean is_of_job(const Field *field)
{
    return field->place != FIELD_OF_FILE;
}

/* is_item: the first line is indented already. */
static void show_wanted(const Writer *writer, const Section *section, const void *base, gboolean is_item,
                        Wanted wanted)
{
    for (guint i = 0; i < section->n_fields; i++) {
        const Field *field = &section->fields[i];

        if (!has_value(field, (const char *)base + field->offset) || (wanted != NULL && !wanted(field)))
            continue;
        if (!is_item) {
            g_string_append_c(writer->out, '\n');
            append_indent(writer, writer->depth);
        }
        is_item = FALSE;
        g_string_append_printf(writer->out, "%s:", field->name);
        show_value(writer, field, base);
    }
}

static void show_fields(const Writer *writer, const Section *section, const void *base, gboolean is_item)
{
    show_wanted(writer, section, base, is_item, NULL);
}

char *section_show(const Section *section, const void *base)
{
    const Writer writer = {g_string_new(NULL), 0};

    show_fields(&writer, section, base, TRUE);
    g_string_append_c(writer.out, '\n');
    return g_string_free(writer.out, FALSE);
}

char *section_show_jobs(const Section *section, const void *const *bases, guint n)
{
    const Writer writer = {g_string_new(NULL), 0}, item = {writer.out, 2};

    show_wanted(&writer, section, bases[0], TRUE, is_shared);
    g_string_append(writer.out, "\njobs:");
    for (guint i = 0; i < n; i++) {
        g_string_append_c(writer.out, '\n');
        append_indent(&writer, 1);
        g_string_append(writer.out, "- ");
        show_wanted(&item, section, bases[i], TRUE, is_of_job);
    }
    g_string_append_c(writer.out, '\n');
    return g_string_free(writer.out, FALSE);
}
