#include <criterion/criterion.h>

#include "base/error.h"
#include "daemon/protocol/object_task.h"

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

Test(object_task, a_task_crosses_processes_unchanged)
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

Test(object_task, a_task_with_a_bad_recipe_or_none_is_refused)
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
