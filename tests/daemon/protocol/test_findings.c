#include "daemon/protocol/findings.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "base/error.h"

static GPtrArray *sample(void)
{
    GPtrArray *findings = findings_new();

    findings_add(findings, "source", "list", FINDING_OK, "12 s", NULL);
    findings_add(findings, "source", "get", FINDING_UNTRIED, NULL, NULL);
    findings_add(findings, "destination", "put", FINDING_FAILED, "403 \xff", "Do this.");
    return findings;
}

Test(findings, cross_processes_unchanged_but_for_what_is_no_text)
{
    g_autoptr(GPtrArray) findings = sample();
    g_autoptr(GVariant) variant = g_variant_ref_sink(findings_to_variant(findings));
    g_autoptr(GPtrArray) copy = findings_from_variant(variant, NULL);
    const Finding *last;

    cr_assert_not_null(copy);
    cr_assert_eq(copy->len, 3);
    last = copy->pdata[2];
    cr_assert_str_eq(last->subject, "destination");
    cr_assert_str_eq(last->check, "put");
    cr_assert_eq(last->state, FINDING_FAILED);
    cr_assert_str_eq(last->words, "403 \xef\xbf\xbd");
    cr_assert_str_eq(last->advice, "Do this.");
    cr_assert(findings_have_failure(copy));
    g_ptr_array_remove_index(copy, 2);
    cr_assert_not(findings_have_failure(copy));
}

Test(findings, other_variants_are_refused)
{
    g_autoptr(GVariant) other = g_variant_ref_sink(g_variant_new("s", "x"));
    g_autoptr(GVariant) state = g_variant_ref_sink(g_variant_new_parsed("[('a', 'b', uint32 5, 'c', 'd')]"));
    g_autoptr(GError) error = NULL;

    cr_assert_null(findings_from_variant(other, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_null(findings_from_variant(state, NULL));
}

Test(findings, a_table_for_people)
{
    g_autoptr(GPtrArray) findings = sample();
    g_autofree char *text = findings_text(findings, 80);

    cr_assert_str_eq(text, "source       list  ok      12 s\n"
                           "             get   -\n"
                           "destination  put   FAILED  403 \xef\xbf\xbd\n"
                           "    -> Do this.\n");
}

Test(findings, json_for_programs)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_autofree char *text = NULL;
    json_t *root, *first;

    findings_add(findings, "source", "list", FINDING_NO, "\"words\"", "Do.");
    text = findings_json(findings, 4, NULL);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(root);
    cr_assert(g_str_has_suffix(text, "}\n"));
    cr_assert_eq(json_integer_value(json_object_get(root, "exit")), 4);
    first = json_array_get(json_object_get(root, "findings"), 0);
    cr_assert_str_eq(json_string_value(json_object_get(first, "subject")), "source");
    cr_assert_str_eq(json_string_value(json_object_get(first, "check")), "list");
    cr_assert_str_eq(json_string_value(json_object_get(first, "state")), "no");
    cr_assert_str_eq(json_string_value(json_object_get(first, "detail")), "\"words\"");
    cr_assert_str_eq(json_string_value(json_object_get(first, "advice")), "Do.");
    json_decref(root);
}
