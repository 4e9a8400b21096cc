#include "daemon/protocol/messages.h"

#include <string.h>

#include "base/text_cut.h"

/* Progress */

GVariant *progress_to_variant(const Progress *progress)
{
    return g_variant_new(NOTE_PROGRESS_TYPE, progress->listed, progress->done, progress->skipped,
                         progress->failed, progress->made, progress->in_flight, progress->all_listed,
                         progress->total, progress->waits_for, progress->waits_since_s);
}

gboolean progress_from_variant(GVariant *variant, Progress *ret_progress)
{
    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(NOTE_PROGRESS_TYPE)))
        return FALSE;
    g_variant_get(variant, NOTE_PROGRESS_TYPE, &ret_progress->listed, &ret_progress->done,
                  &ret_progress->skipped, &ret_progress->failed, &ret_progress->made,
                  &ret_progress->in_flight, &ret_progress->all_listed, &ret_progress->total,
                  &ret_progress->waits_for, &ret_progress->waits_since_s);
    return TRUE;
}

/* The task of an object */

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

GVariant *run_order_to_variant(const RunOrder *order)
{
    GVariant *names = order->remake != NULL ? g_variant_new_strv(order->remake, -1) : NULL;

    return g_variant_new("(b@masbs@" HELD_TYPE ")", order->dry_run,
                         g_variant_new_maybe(G_VARIANT_TYPE_STRING_ARRAY, names), order->is_collection,
                         order->max_delete != NULL ? order->max_delete : "",
                         order->held != NULL ? order->held : g_variant_new(HELD_TYPE, NULL, (guint64)0));
}

/* The result of an object */

static GVariant *maybe_error(const GError *error)
{
    g_autofree char *text = NULL;

    if (error == NULL)
        return g_variant_new_maybe(G_VARIANT_TYPE("(is)"), NULL);
    text = g_utf8_make_valid(error->message, -1);
    return g_variant_new_maybe(NULL, g_variant_new("(is)", (gint32)error_class(error), text));
}

/* The text comes from another process. */
static GError *error_from_maybe(GVariant *maybe)
{
    g_autoptr(GVariant) value = g_variant_get_maybe(maybe);
    g_autofree char *reason = NULL;
    const char *text;
    gint32 class;

    if (value == NULL)
        return NULL;
    g_variant_get(value, "(i&s)", &class, &text);
    reason = text_cut(text, TEXT_REASON_BYTES);
    return g_error_new_literal(error_quark(), (int)error_class_from_int(class), reason);
}

static GVariant *warnings_to_variant(GStrv warnings)
{
    static char *const none[] = {NULL};

    return g_variant_new_strv((const char *const *)(warnings != NULL ? warnings : none), -1);
}

GStrv warnings_from_variant(GVariant *list)
{
    const gsize n = MIN(g_variant_n_children(list), WARNINGS_MAX);
    GStrv warnings = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++) {
        g_variant_get_child(list, i, "s", &warnings[i]);
        if (strlen(warnings[i]) > WARNINGS_MAX_BYTES)
            *g_utf8_find_prev_char(warnings[i], warnings[i] + WARNINGS_MAX_BYTES + 1) = '\0';
    }
    return warnings;
}

static void output_result_clear(void *data)
{
    g_clear_error(&((OutputResult *)data)->error);
}

ObjectResult *object_result_new(void)
{
    ObjectResult *result = g_new0(ObjectResult, 1);

    result->outputs = g_array_new(FALSE, TRUE, sizeof(OutputResult));
    g_array_set_clear_func(result->outputs, output_result_clear);
    return result;
}

void object_result_free(ObjectResult *result)
{
    if (result == NULL)
        return;
    g_clear_error(&result->error);
    g_array_unref(result->outputs);
    g_strfreev(result->warnings);
    g_free(result);
}

GVariant *object_result_to_variant(const ObjectResult *result)
{
    const TransferCounters *counters = &result->counters;
    GVariantBuilder outputs;

    g_variant_builder_init(&outputs, G_VARIANT_TYPE("a(um(is)tb)"));
    for (guint i = 0; i < result->outputs->len; i++) {
        const OutputResult *output = &g_array_index(result->outputs, OutputResult, i);

        g_variant_builder_add(&outputs, "(u@m(is)tb)", output->number, maybe_error(output->error),
                              output->size_bytes, output->existed);
    }
    return g_variant_new("(@m(is)tta(um(is)tb)@as(ttttt)@at(ttt))", maybe_error(result->error),
                         result->bytes_in, result->memory_bytes, &outputs,
                         warnings_to_variant(result->warnings), counters->get, counters->check, counters->put,
                         counters->retries, counters->connections,
                         g_variant_new_fixed_array(G_VARIANT_TYPE_UINT64, counters->retry_reasons,
                                                   RETRY_REASON_COUNT, sizeof(guint64)),
                         counters->imager.idle_us, counters->imager.busy_us, counters->imager.queued_us);
}

static gboolean read_retry_reasons(GVariant *array, guint64 ret_reasons[RETRY_REASON_COUNT], GError **error)
{
    gsize n = 0;
    const void *reasons = g_variant_get_fixed_array(array, &n, sizeof(guint64));

    if (n != RETRY_REASON_COUNT) {
        error_set(error, ERROR_INTERNAL, "result with %" G_GSIZE_FORMAT " reasons to retry", n);
        return FALSE;
    }
    memcpy(ret_reasons, reasons, RETRY_REASON_COUNT * sizeof(guint64));
    return TRUE;
}

ObjectResult *object_result_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(ObjectResult) result = object_result_new();
    g_autoptr(GVariantIter) iter = NULL;
    g_autoptr(GVariant) whole = NULL;
    g_autoptr(GVariant) warnings = NULL;
    g_autoptr(GVariant) reasons = NULL;
    TransferCounters *counters = &result->counters;
    GVariant *failure;
    OutputResult output;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(OBJECT_RESULT_TYPE))) {
        error_set(error, ERROR_INTERNAL, "result with the type %s", g_variant_get_type_string(variant));
        return NULL;
    }
    g_variant_get(variant, "(@m(is)tta(um(is)tb)@as(ttttt)@at(ttt))", &whole, &result->bytes_in,
                  &result->memory_bytes, &iter, &warnings, &counters->get, &counters->check, &counters->put,
                  &counters->retries, &counters->connections, &reasons, &counters->imager.idle_us,
                  &counters->imager.busy_us, &counters->imager.queued_us);
    if (!read_retry_reasons(reasons, counters->retry_reasons, error))
        return NULL;
    result->warnings = warnings_from_variant(warnings);
    result->error = error_from_maybe(whole);
    while (g_variant_iter_next(iter, "(u@m(is)tb)", &output.number, &failure, &output.size_bytes,
                               &output.existed)) {
        output.error = error_from_maybe(failure);
        g_variant_unref(failure);
        g_array_append_val(result->outputs, output);
    }
    return g_steal_pointer(&result);
}
