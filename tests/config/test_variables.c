#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "config/config.h"
#include "config/variables.h"

static const char *lookup(const char *name)
{
    static char longest[DOCUMENT_MAX_SCALAR_BYTES + 1];
    static const char *const variables[] = {
        "BUCKET", "photos", "EMPTY", "",     "NESTED",    "${BUCKET}", "_a1",  "x",  "BREAK",
        "a\nb",   "BYTES",  "\xff",  "YAML", "a: [1, 2]", "N",         "1200", NULL,
    };

    for (guint i = 0; variables[i] != NULL; i += 2) {
        if (strcmp(variables[i], name) == 0)
            return variables[i + 1];
    }
    if (strcmp(name, "LONG") != 0)
        return NULL;
    memset(longest, 'x', DOCUMENT_MAX_SCALAR_BYTES);
    return longest;
}

/* The text of a document of one scalar, or the problem that it has. */
static char *expand(const char *text)
{
    g_autoptr(Problems) problems = problems_new("v");
    g_autoptr(Node) node = document_parse(text, strlen(text), 0, problems);
    g_autoptr(GError) error = NULL;

    cr_assert_not_null(node, "%s", text);
    variables_expand(node, lookup, problems);
    if (problems_is_empty(problems))
        return g_strdup(node->text);
    problems_set_error(problems, ERROR_CONFIG, &error);
    return g_strdup(error->message);
}

Test(variables, are_replaced_once)
{
    static const char *const table[] = {
        "s3://${BUCKET}/a",
        "s3://photos/a",
        "${BUCKET}${BUCKET}",
        "photosphotos",
        "${_a1}",
        "x",
        "${NONE:-else}",
        "else",
        "${NONE:-}",
        "",
        "${EMPTY:-else}",
        "else",
        "'${EMPTY}'",
        "",
        "${BUCKET:-else}",
        "photos",
        "${NONE:-a:-b}",
        "a:-b",
        "${NONE:-$BUCKET}",
        "$BUCKET",
        "${NESTED}",
        "${BUCKET}",
        "${YAML}",
        "a: [1, 2]",
        "$${BUCKET}",
        "${BUCKET}",
        "$$${BUCKET}",
        "$${BUCKET}",
        "$${",
        "${",
        "a$${b}$${c}${BUCKET}",
        "a${b}${c}photos",
        "$BUCKET $ {} {stem}.{ext}",
        "$BUCKET $ {} {stem}.{ext}",
        "'{dir}$'",
        "{dir}$",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(table); i += 2) {
        g_autofree char *text = expand(table[i]);

        cr_expect_str_eq(text, table[i + 1], "%s", table[i]);
    }
}

Test(variables, that_cannot_be_replaced_are_named_with_their_place)
{
    static const char *const table[] = {
        "\n  ${NONE}", "v:2:3: the environment has no variable NONE; ${NONE:-default} would give a default",
        "${}",         "v:1:1: after ${ must come NAME} or NAME:-default}; $${ is a literal ${",
        "'${BUCKET'",  "v:1:1: after ${ must come NAME} or NAME:-default}; $${ is a literal ${",
        "${1A}",       "v:1:1: after ${ must come NAME} or NAME:-default}; $${ is a literal ${",
        "${BUCKET-x}", "v:1:1: after ${ must come NAME} or NAME:-default}; $${ is a literal ${",
        "${BUCKET:-x", "v:1:1: after ${ must come NAME} or NAME:-default}; $${ is a literal ${",
        "${B UCKET}",  "v:1:1: after ${ must come NAME} or NAME:-default}; $${ is a literal ${",
        "${BREAK}",    "v:1:1: the variable BREAK is not UTF-8 text or has control characters",
        "${BYTES}",    "v:1:1: the variable BYTES is not UTF-8 text or has control characters",
        "${LONG}x",    "v:1:1: longer than 4096 bytes with its variables",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(table); i += 2) {
        g_autofree char *text = expand(table[i]);

        cr_expect_str_eq(text, table[i + 1], "%s", table[i]);
    }
}

Test(variables, stand_in_values_only)
{
    static const char text[] = "${BUCKET}: [a, '${BUCKET}', {k: '${N}'}]\n";
    g_autoptr(Problems) problems = problems_new("v");
    g_autoptr(Node) root = document_parse(text, strlen(text), 0, problems);
    const Node *list;

    variables_expand(root, lookup, problems);
    cr_assert(problems_is_empty(problems));
    list = node_find(root, "${BUCKET}");
    cr_assert_not_null(list);
    cr_assert_str_eq(((const Node *)list->children->pdata[1])->text, "photos");
    cr_assert_str_eq(node_find(list->children->pdata[2], "k")->text, "1200");
}

/* A value is checked as if it had been written in the file: a number may come from a variable, a mapping not. */
Test(variables, in_a_configuration)
{
    static const char text[] = "source: {url: 's3://${TM_BUCKET}/'}\n"
                               "destination: {url: 's3://${TM_NONE:-web}/'}\n"
                               "outputs: [{name: a, width: '${TM_WIDTH}'}]\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;

    g_setenv("TM_BUCKET", "photos", TRUE);
    g_setenv("TM_WIDTH", "1200", TRUE);
    config = config_parse(text, strlen(text), "c.yaml", &error);
    cr_assert_not_null(config, "%s", error->message);
    cr_assert_str_eq(config->source.url, "s3://photos/");
    cr_assert_str_eq(config->destination.url, "s3://web/");
    cr_assert_eq(config_output(config, 0)->recipe.width, 1200);

    g_setenv("TM_WIDTH", "1200, height: 3", TRUE);
    cr_assert_null(config_parse(text, strlen(text), "c.yaml", &error));
    cr_assert_str_eq(error->message,
                     "c.yaml:3:28: width: must be auto or a whole number from 1 to 16383, not "
                     "the text '1200, height: 3'");
}
