#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "daemon/protocol/object_result.h"

Test(object_result, a_result_crosses_processes_unchanged)
{
    g_autoptr(ObjectResult) result = object_result_new();
    OutputResult made = {.number = 2, .size_bytes = 77, .existed = TRUE};
    OutputResult failed = {.number = 1, .error = g_error_new_literal(error_quark(), ERROR_PERMANENT, "403")};
    g_autoptr(GVariant) variant = NULL;
    g_autoptr(ObjectResult) copy = NULL;
    const OutputResult *outputs;
    const char *const warnings[] = {"only the first 500 of 501 frames are used", NULL};

    result->warnings = g_strdupv((char **)warnings);
    g_array_append_val(result->outputs, made);
    g_array_append_val(result->outputs, failed);
    result->bytes_in = 9;
    result->memory_bytes = 8;
    memset(&result->counters, 0x17, sizeof result->counters);
    result->counters.requests.get = 1;
    result->counters.requests.retry_reasons[RETRY_REGION] = 2;
    result->counters.imager.queued_us = 3;
    result->stages.us[STAGE_GET] = 4;
    result->stages.us[STAGE_CHECK] = 5;
    result->error = g_error_new_literal(error_quark(), ERROR_INPUT, "truncated");
    variant = g_variant_ref_sink(object_result_to_variant(result));
    cr_assert(g_variant_is_of_type(variant, G_VARIANT_TYPE(OBJECT_RESULT_TYPE)));
    copy = object_result_from_variant(variant, NULL);
    outputs = (const OutputResult *)copy->outputs->data;
    cr_assert_eq(copy->outputs->len, 2u);
    cr_assert_eq(outputs[0].number, 2u);
    cr_assert_eq(outputs[0].size_bytes, 77);
    cr_assert(outputs[0].existed);
    cr_assert_not(outputs[1].existed);
    cr_assert_null(outputs[0].error);
    cr_assert_eq(error_class(outputs[1].error), ERROR_PERMANENT);
    cr_assert_eq(copy->bytes_in, 9);
    cr_assert(g_strv_equal((const char *const *)copy->warnings, warnings));
    cr_assert_eq(copy->memory_bytes, 8);
    cr_assert_eq(memcmp(&copy->counters, &result->counters, sizeof copy->counters), 0);
    cr_assert_eq(copy->stages.us[STAGE_GET], 4);
    cr_assert_eq(copy->stages.us[STAGE_CHECK], 5);
    cr_assert_eq(error_class(copy->error), ERROR_INPUT);
    cr_assert_str_eq(copy->error->message, "truncated");
}

Test(object_result, a_result_without_warnings_has_none)
{
    g_autoptr(ObjectResult) result = object_result_new();
    g_autoptr(GVariant) variant = g_variant_ref_sink(object_result_to_variant(result));
    g_autoptr(ObjectResult) copy = object_result_from_variant(variant, NULL);

    cr_assert_not_null(copy);
    cr_assert_eq(g_strv_length(copy->warnings), 0u);
}

Test(object_result, warnings_are_cut_to_their_limits_at_a_character)
{
    g_autofree char *fits = g_strnfill(WARNINGS_MAX_BYTES, 'a');
    g_autofree char *filler = g_strnfill(WARNINGS_MAX_BYTES - 1, 'b');
    g_autofree char *longer = g_strconcat(filler, "\xc3\xa9", NULL);
    const char *many[WARNINGS_MAX + 2] = {fits, longer};
    g_autoptr(GVariant) list = NULL;
    g_auto(GStrv) warnings = NULL;

    for (guint i = 2; i < G_N_ELEMENTS(many); i++)
        many[i] = "more";
    list = g_variant_ref_sink(g_variant_new_strv(many, G_N_ELEMENTS(many)));
    warnings = warnings_from_variant(list);
    cr_assert_eq(g_strv_length(warnings), WARNINGS_MAX);
    cr_assert_str_eq(warnings[0], fits);
    cr_assert_str_eq(warnings[1], filler);
    cr_assert_str_eq(warnings[WARNINGS_MAX - 1], "more");
}

Test(object_result, a_result_of_another_type_is_refused)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new("(s)", "done, trust me"));
    g_autoptr(GError) error = NULL;

    cr_assert_null(object_result_from_variant(variant, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}
