#include "daemon/protocol/object_task.h"

#include "base/error.h"

static void task_output_clear(void *data)
{
    TaskOutput *output = data;

    g_free(output->reference);
    g_strfreev(output->headers);
}

ObjectTask *object_task_new(void)
{
    ObjectTask *task = g_new0(ObjectTask, 1);

    task->outputs = g_array_new(FALSE, TRUE, sizeof(TaskOutput));
    g_array_set_clear_func(task->outputs, task_output_clear);
    return task;
}

void object_task_free(ObjectTask *task)
{
    if (task == NULL)
        return;
    g_free(task->name);
    g_free(task->reference);
    g_free(task->etag);
    g_array_unref(task->outputs);
    g_free(task);
}

const TaskOutput *object_task_output(const ObjectTask *task, guint i)
{
    return &g_array_index(task->outputs, TaskOutput, i);
}

void object_task_add_recipe(ObjectTask *task, guint number, const Recipe *recipe)
{
    const TaskOutput output = {
        .number = number, .reference = g_strdup(""), .headers = g_new0(char *, 1), .recipe = *recipe};

    g_array_append_val(task->outputs, output);
}

GVariant *object_task_to_variant(const ObjectTask *task)
{
    GVariantBuilder outputs;

    g_variant_builder_init(&outputs, G_VARIANT_TYPE("a(usasb" RECIPE_VARIANT_TYPE ")"));
    for (guint i = 0; i < task->outputs->len; i++) {
        const TaskOutput *output = object_task_output(task, i);

        g_variant_builder_add(&outputs, "(us^asb@" RECIPE_VARIANT_TYPE ")", output->number, output->reference,
                              output->headers, output->keep_existing, recipe_to_variant(&output->recipe));
    }
    return g_variant_new("(ssstt@" RENDER_LIMITS_VARIANT_TYPE "a(usasb" RECIPE_VARIANT_TYPE "))", task->name,
                         task->reference, task->etag, task->size_bytes, task->max_source_bytes,
                         render_limits_to_variant(&task->limits), &outputs);
}

ObjectTask *object_task_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(ObjectTask) task = object_task_new();
    g_autoptr(GVariantIter) iter = NULL;
    g_autoptr(GVariant) limits = NULL;
    g_autoptr(GVariant) child = NULL;

    g_variant_get(variant, "(ssstt@" RENDER_LIMITS_VARIANT_TYPE "a(usasb" RECIPE_VARIANT_TYPE "))",
                  &task->name, &task->reference, &task->etag, &task->size_bytes, &task->max_source_bytes,
                  &limits, &iter);
    task->limits = render_limits_from_variant(limits);
    while ((child = g_variant_iter_next_value(iter)) != NULL) {
        g_autoptr(GVariant) recipe = NULL;
        TaskOutput output = {0};

        g_variant_get(child, "(us^asb@" RECIPE_VARIANT_TYPE ")", &output.number, &output.reference,
                      &output.headers, &output.keep_existing, &recipe);
        g_clear_pointer(&child, g_variant_unref);
        g_array_append_val(task->outputs, output);
        if (!recipe_from_variant(
                recipe, &g_array_index(task->outputs, TaskOutput, task->outputs->len - 1).recipe, error))
            return NULL;
    }
    if (task->outputs->len == 0) {
        error_set(error, ERROR_INTERNAL, "task without outputs");
        return NULL;
    }
    return g_steal_pointer(&task);
}

guint object_task_count_files(const ObjectTask *task)
{
    return task->outputs->len + 3;
}

GVariant *object_task_render_args(const ObjectTask *task, gint32 source, gint32 files, guint n_files)
{
    GVariantBuilder recipes, handles;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    for (guint i = 0; i < n_files; i++)
        g_variant_builder_add(&handles, "h", files + (gint32)i);

    g_variant_builder_init(&recipes, G_VARIANT_TYPE("a" RECIPE_VARIANT_TYPE));
    for (guint i = 0; i < task->outputs->len; i++)
        g_variant_builder_add_value(&recipes, recipe_to_variant(&object_task_output(task, i)->recipe));
    return g_variant_new("(haht@" RENDER_LIMITS_VARIANT_TYPE "a" RECIPE_VARIANT_TYPE ")", source, &handles,
                         task->max_source_bytes, render_limits_to_variant(&task->limits), &recipes);
}
