#include "daemon/metrics/exposition.h"

#include <string.h>

typedef struct {
    char *name;
    GString *text;
} Family;

struct Exposition {
    GArray *families; /* of Family, in the order in which they began */
    GString *text;    /* of the current family */
};

static void family_clear(void *data)
{
    Family *family = data;

    g_free(family->name);
    g_string_free(family->text, TRUE);
}

Exposition *exposition_new(void)
{
    Exposition *exposition = g_new0(Exposition, 1);

    exposition->families = g_array_new(FALSE, FALSE, sizeof(Family));
    g_array_set_clear_func(exposition->families, family_clear);
    return exposition;
}

char *exposition_finish(Exposition *exposition)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < exposition->families->len; i++) {
        const GString *text = g_array_index(exposition->families, Family, i).text;

        g_string_append_len(all, text->str, (gssize)text->len);
    }
    g_array_unref(exposition->families);
    g_free(exposition);
    return g_string_free(all, FALSE);
}

void exposition_family(Exposition *exposition, const char *name, ExpositionKind kind, const char *help)
{
    static const char *const kinds[] = {
        [EXPOSITION_COUNTER] = "counter", [EXPOSITION_GAUGE] = "gauge", [EXPOSITION_HISTOGRAM] = "histogram"};
    Family family = {0};

    for (guint i = 0; i < exposition->families->len; i++) {
        const Family *known = &g_array_index(exposition->families, Family, i);

        if (strcmp(known->name, name) == 0) {
            exposition->text = known->text;
            return;
        }
    }
    family = (Family){g_strdup(name), g_string_new(NULL)};
    g_string_append_printf(family.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kinds[kind]);
    g_array_append_val(exposition->families, family);
    exposition->text = family.text;
}

static void append_value(GString *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            g_string_append(text, "\\n");
        else if (*value == '\\' || *value == '"')
            g_string_append_printf(text, "\\%c", *value);
        else
            g_string_append_c(text, *value);
    }
}

static void append_labels(GString *text, const char *const *labels)
{
    if (labels == NULL || labels[0] == NULL)
        return;
    for (guint i = 0; labels[i] != NULL; i += 2) {
        g_string_append_printf(text, "%s%s=\"", i == 0 ? "{" : ",", labels[i]);
        append_value(text, labels[i + 1]);
        g_string_append_c(text, '"');
    }
    g_string_append_c(text, '}');
}

void exposition_number(Exposition *exposition, const char *name, const char *const *labels, guint64 value)
{
    GString *text = exposition->text;

    g_string_append(text, name);
    append_labels(text, labels);
    g_string_append_printf(text, " %" G_GUINT64_FORMAT "\n", value);
}

void exposition_real(Exposition *exposition, const char *name, const char *const *labels, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    GString *text = exposition->text;

    g_string_append(text, name);
    append_labels(text, labels);
    g_string_append_printf(text, " %s\n", g_ascii_formatd(digits, sizeof digits, "%.15g", value));
}
