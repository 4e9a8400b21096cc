#include <criterion/criterion.h>

#include "daemon/protocol/messages.h"

static const Recipe sample = {
    .width = 10, .height = 20, .fit = FIT_INSIDE, .format = FORMAT_PNG, .quality = 80};

static ObjectTask *sample_task(void)
{
    const char *const headers[] = {"Content-Type: image/png", "Cache-Control: max-age=1", NULL};
    ObjectTask *task = object_task_new();

    task->name = g_strdup("a b.jpg");
    task->reference = g_strdup("https://s3/a?X-Amz-Signature=1");
    task->etag = g_strdup("abc");
    task->size_bytes = 5;
    task->max_source_bytes = 100;
    task->limits = (RenderLimits){1000, 2000, 3, 4000, TRUE, 5000};
    for (guint i = 0; i < 3; i++) {
        TaskOutput output = {.number = i * 2, .keep_existing = i == 1, .recipe = sample};

        output.reference = g_strdup_printf("file:///out/%u", i);
        output.headers = g_strdupv((char **)headers);
        g_array_append_val(task->outputs, output);
    }
    return task;
}

Test(messages, a_task_crosses_processes_unchanged)
{
    g_autoptr(ObjectTask) task = sample_task();
    g_autoptr(GVariant) variant = g_variant_ref_sink(object_task_to_variant(task));
    g_autoptr(GError) error = NULL;
    g_autoptr(ObjectTask) copy = NULL;

    cr_assert(g_variant_is_of_type(variant, G_VARIANT_TYPE(OBJECT_ARGS_TYPE)));
    copy = object_task_from_variant(variant, &error);
    cr_assert_not_null(copy);
    cr_assert_str_eq(copy->name, task->name);
    cr_assert_str_eq(copy->reference, task->reference);
    cr_assert_str_eq(copy->etag, task->etag);
    cr_assert_eq(copy->size_bytes, 5);
    cr_assert_eq(copy->max_source_bytes, 100);
    cr_assert_eq(copy->limits.max_pixels, 1000);
    cr_assert_eq(copy->limits.max_output_bytes, 2000);
    cr_assert_eq(copy->limits.max_frames, 3);
    cr_assert_eq(copy->limits.max_memory_bytes, 4000);
    cr_assert(copy->limits.accept_truncated);
    cr_assert_eq(copy->limits.light_pixels, 5000);
    cr_assert_eq(copy->outputs->len, 3u);
    for (guint i = 0; i < 3; i++) {
        const TaskOutput *output = object_task_output(copy, i);

        cr_assert_eq(output->number, i * 2);
        cr_assert_eq(output->keep_existing, i == 1);
        cr_assert_str_eq(output->reference, object_task_output(task, i)->reference);
        cr_assert_eq(g_strv_length(output->headers), 2u);
        cr_assert_str_eq(output->headers[1], "Cache-Control: max-age=1");
        cr_assert_eq(memcmp(&output->recipe, &sample, sizeof sample), 0);
    }
}

Test(messages, an_order_to_run_is_of_its_type)
{
    static const char *const keys[] = {"a.jpg", "\xff\n"};
    g_autoptr(GVariant) held = g_variant_ref_sink(
        g_variant_new("(@aayt)", g_variant_new_bytestring_array(keys, G_N_ELEMENTS(keys)), (guint64)1 << 30));
    static const char *const names[] = {"thumb", NULL};
    g_autoptr(GVariant) with =
        g_variant_ref_sink(run_order_to_variant(&(RunOrder){.remake = names, .held = held}));
    g_autoptr(GVariant) without = g_variant_ref_sink(
        run_order_to_variant(&(RunOrder){.dry_run = TRUE, .is_collection = TRUE, .max_delete = "9"}));
    g_autoptr(GVariant) none = g_variant_get_child_value(without, g_variant_n_children(without) - 1);

    cr_assert_str_eq(g_variant_get_type_string(with), RUN_MORE_TYPE);
    cr_assert_str_eq(g_variant_get_type_string(without), RUN_MORE_TYPE);
    cr_assert_str_eq(g_variant_get_type_string(none), HELD_TYPE);
}

Test(messages, a_task_with_a_bad_recipe_or_none_is_refused)
{
    g_autoptr(ObjectTask) task = sample_task();
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) variant = NULL;
    g_autoptr(GVariant) empty = NULL;

    g_array_index(task->outputs, TaskOutput, 1).recipe.quality = 101;
    variant = g_variant_ref_sink(object_task_to_variant(task));
    cr_assert_null(object_task_from_variant(variant, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    g_array_set_size(task->outputs, 0);
    empty = g_variant_ref_sink(object_task_to_variant(task));
    cr_assert_null(object_task_from_variant(empty, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}

Test(messages, a_result_crosses_processes_unchanged)
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
    result->counters = (TransferCounters){1, 2, 3, 4, 5, {[RETRY_RESET] = 2, [RETRY_REGION] = 1}, {6, 7, 8}};
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
    cr_assert_eq(error_class(copy->error), ERROR_INPUT);
    cr_assert_str_eq(copy->error->message, "truncated");
}

Test(messages, a_result_without_warnings_has_none)
{
    g_autoptr(ObjectResult) result = object_result_new();
    g_autoptr(GVariant) variant = g_variant_ref_sink(object_result_to_variant(result));
    g_autoptr(ObjectResult) copy = object_result_from_variant(variant, NULL);

    cr_assert_not_null(copy);
    cr_assert_eq(g_strv_length(copy->warnings), 0u);
}

Test(messages, warnings_are_cut_to_their_limits_at_a_character)
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

Test(messages, a_result_of_another_type_is_refused)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new("(s)", "done, trust me"));
    g_autoptr(GError) error = NULL;

    cr_assert_null(object_result_from_variant(variant, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}

Test(messages, a_result_with_too_few_reasons_is_refused)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(
        g_variant_new_parsed("(@m(is) nothing, @t 0, @t 0, @a(um(is)tb) [], @as [], (@t "
                             "0, @t 0, @t 0, @t 0, @t 0), @at [1, 2], (@t 0, @t 0, @t 0))"));
    g_autoptr(GError) error = NULL;

    cr_assert(g_variant_is_of_type(variant, G_VARIANT_TYPE(OBJECT_RESULT_TYPE)));
    cr_assert_null(object_result_from_variant(variant, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}

Test(messages, progress_crosses_processes_unchanged)
{
    const Progress progress = {1, 2, 3, 4, 5, 6, TRUE, 7, WAITS_FOR_DESTINATION, 8};
    Progress copy;
    g_autoptr(GVariant) variant = g_variant_ref_sink(progress_to_variant(&progress));
    g_autoptr(GVariant) other = g_variant_ref_sink(g_variant_new("(t)", (guint64)1));

    cr_assert(progress_from_variant(variant, &copy));
    cr_assert_eq(copy.waits_for, (guint32)WAITS_FOR_DESTINATION);
    cr_assert_eq(copy.waits_since_s, 8);
    cr_assert_eq(memcmp(&progress, &copy, offsetof(Progress, all_listed)), 0);
    cr_assert(copy.all_listed);
    cr_assert_eq(copy.total, 7);
    cr_assert_not(progress_from_variant(other, &copy));
}
