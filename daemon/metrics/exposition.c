#include "daemon/metrics/exposition.h"

void exposition_family(GString *text, const char *name, ExpositionKind kind, const char *help)
{
    static const char *const kinds[] = {
        [EXPOSITION_COUNTER] = "counter", [EXPOSITION_GAUGE] = "gauge", [EXPOSITION_HISTOGRAM] = "histogram"};

    g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kinds[kind]);
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

void exposition_number(GString *text, const char *name, const char *const *labels, guint64 value)
{
    g_string_append(text, name);
    append_labels(text, labels);
    g_string_append_printf(text, " %" G_GUINT64_FORMAT "\n", value);
}

void exposition_real(GString *text, const char *name, const char *const *labels, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(text, name);
    append_labels(text, labels);
    g_string_append_printf(text, " %s\n", g_ascii_formatd(digits, sizeof digits, "%.15g", value));
}
