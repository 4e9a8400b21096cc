#include "daemon/protocol/findings.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_format.h"
#include "daemon/protocol/table.h"

/* The texts for people and for programs. */
static const struct {
    const char *shown, *word;
} states[] = {
    [FINDING_OK] = {"ok", "ok"},
    [FINDING_WARNING] = {"warning", "warning"},
    [FINDING_NO] = {"no", "no"},
    [FINDING_FAILED] = {"FAILED", "failed"},
    [FINDING_UNTRIED] = {"-", "not_tried"},
};

static void finding_free(void *data)
{
    Finding *finding = data;

    g_free(finding->subject);
    g_free(finding->check);
    g_free(finding->words);
    g_free(finding->advice);
    g_free(finding);
}

GPtrArray *findings_new(void)
{
    return g_ptr_array_new_with_free_func(finding_free);
}

void findings_add(GPtrArray *findings, const char *subject, const char *check, FindingState state,
                  const char *words, const char *advice)
{
    Finding *finding = g_new(Finding, 1);

    *finding = (Finding){g_strdup(subject), g_strdup(check), state, g_strdup(words != NULL ? words : ""),
                         g_strdup(advice != NULL ? advice : "")};
    g_ptr_array_add(findings, finding);
}

gboolean findings_have_failure(const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        if (((const Finding *)findings->pdata[i])->state == FINDING_FAILED)
            return TRUE;
    }
    return FALSE;
}

GVariant *findings_to_variant(const GPtrArray *findings)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE(FINDINGS_VARIANT_TYPE));
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        g_autofree char *words = g_utf8_make_valid(finding->words, -1);

        g_variant_builder_add(&builder, "(ssuss)", finding->subject, finding->check, (guint32)finding->state,
                              words, finding->advice);
    }
    return g_variant_builder_end(&builder);
}

GPtrArray *findings_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(GPtrArray) findings = findings_new();
    const char *subject, *check, *words, *advice;
    GVariantIter iter;
    guint32 state;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(FINDINGS_VARIANT_TYPE))) {
        error_set(error, ERROR_INTERNAL, "findings of type %s", g_variant_get_type_string(variant));
        return NULL;
    }
    g_variant_iter_init(&iter, variant);
    while (g_variant_iter_next(&iter, "(&s&su&s&s)", &subject, &check, &state, &words, &advice)) {
        if (state > FINDING_LAST) {
            error_set(error, ERROR_INTERNAL, "a finding with an unknown state");
            return NULL;
        }
        findings_add(findings, subject, check, (FindingState)state, words, advice);
    }
    return g_steal_pointer(&findings);
}

char *findings_text(const GPtrArray *findings, guint columns)
{
    static const TableColumn table_columns[] = {{NULL, FALSE}, {NULL, FALSE}, {NULL, FALSE}, {NULL, FALSE}};
    g_autoptr(Table) table = table_new(table_columns, G_N_ELEMENTS(table_columns), 2);
    const char *last = "";

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        const gboolean is_new = g_strcmp0(finding->subject, last) != 0;

        table_add(table, (const char *const[]){is_new ? finding->subject : "", finding->check,
                                               states[finding->state].shown, finding->words});
        if (*finding->advice != '\0')
            table_add_note(table, "-> ", finding->advice);
        last = finding->subject;
    }
    return table_text(table, columns);
}

char *findings_json(const GPtrArray *findings, int exit, json_t *engine)
{
    json_t *list = json_array(), *root = NULL;
    g_autofree char *line = NULL;
    char *dump;

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "subject", finding->subject,
                                              "check", finding->check, "state", states[finding->state].word,
                                              "detail", finding->words, "advice", finding->advice));
    }
    root = json_pack("{s:i, s:s, s:i, s:o, s:o?}", "format", JSON_FORMAT, "version", THUMBMILL_VERSION,
                     "exit", exit, "findings", list, "engine", engine);
    dump = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    line = g_strconcat(dump, "\n", NULL);
    free(dump);
    return g_steal_pointer(&line);
}
