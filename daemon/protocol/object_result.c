#include "daemon/protocol/object_result.h"

#include <string.h>

#include "base/error.h"
#include "base/record.h"
#include "base/text_cut.h"

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

/* The answers to one kind of request. */
/* clang-format off */
#define ANSWER_FIELDS(operation) \
    RECORD_FIELD(WorkerCounters, requests.answers[operation][ANSWER_NONE]), \
    RECORD_FIELD(WorkerCounters, requests.answers[operation][ANSWER_2XX]), \
    RECORD_FIELD(WorkerCounters, requests.answers[operation][ANSWER_3XX]), \
    RECORD_FIELD(WorkerCounters, requests.answers[operation][ANSWER_4XX]), \
    RECORD_FIELD(WorkerCounters, requests.answers[operation][ANSWER_5XX])
/* clang-format on */

static const RecordField counter_fields[] = {
    RECORD_FIELD(WorkerCounters, requests.list),
    RECORD_FIELD(WorkerCounters, requests.get),
    RECORD_FIELD(WorkerCounters, requests.check),
    RECORD_FIELD(WorkerCounters, requests.put),
    RECORD_FIELD(WorkerCounters, requests.head),
    RECORD_FIELD(WorkerCounters, requests.delete),
    RECORD_FIELD(WorkerCounters, requests.retries),
    RECORD_FIELD(WorkerCounters, requests.connections),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_NONE]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_CONNECT]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_TIMEOUT]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_RESET]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_TRUNCATED]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_SERVER]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_THROTTLE]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_SKEW]),
    RECORD_FIELD(WorkerCounters, requests.retry_reasons[RETRY_REGION]),
    ANSWER_FIELDS(OPERATION_LIST),
    ANSWER_FIELDS(OPERATION_GET),
    ANSWER_FIELDS(OPERATION_CHECK),
    ANSWER_FIELDS(OPERATION_PUT),
    ANSWER_FIELDS(OPERATION_HEAD),
    ANSWER_FIELDS(OPERATION_DELETE),
    RECORD_FIELD(WorkerCounters, imager.idle_us),
    RECORD_FIELD(WorkerCounters, imager.busy_us),
    RECORD_FIELD(WorkerCounters, imager.queued_us),
};
static const RecordTable counter_table = RECORD_TABLE(counter_fields);

/* Every number of WorkerCounters is sent. */
G_STATIC_ASSERT(G_N_ELEMENTS(counter_fields) * sizeof(guint64) == sizeof(WorkerCounters));

GVariant *object_result_to_variant(const ObjectResult *result)
{
    GVariantBuilder outputs;

    g_variant_builder_init(&outputs, G_VARIANT_TYPE("a(um(is)tb)"));
    for (guint i = 0; i < result->outputs->len; i++) {
        const OutputResult *output = &g_array_index(result->outputs, OutputResult, i);

        g_variant_builder_add(&outputs, "(u@m(is)tb)", output->number, maybe_error(output->error),
                              output->size_bytes, output->existed);
    }
    return g_variant_new(
        "(@m(is)tta(um(is)tb)@as@" COUNTERS_TYPE "@" STAGE_TIMES_TYPE ")", maybe_error(result->error),
        result->bytes_in, result->memory_bytes, &outputs, warnings_to_variant(result->warnings),
        record_to_variant(&counter_table, &result->counters), stage_times_to_variant(&result->stages));
}

ObjectResult *object_result_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(ObjectResult) result = object_result_new();
    g_autoptr(GVariantIter) iter = NULL;
    g_autoptr(GVariant) whole = NULL;
    g_autoptr(GVariant) warnings = NULL;
    g_autoptr(GVariant) counters = NULL;
    g_autoptr(GVariant) stages = NULL;
    GVariant *failure;
    OutputResult output;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(OBJECT_RESULT_TYPE))) {
        error_set(error, ERROR_INTERNAL, "result with the type %s", g_variant_get_type_string(variant));
        return NULL;
    }
    g_variant_get(variant, "(@m(is)tta(um(is)tb)@as@" COUNTERS_TYPE "@" STAGE_TIMES_TYPE ")", &whole,
                  &result->bytes_in, &result->memory_bytes, &iter, &warnings, &counters, &stages);
    (void)record_from_variant(&counter_table, counters, &result->counters);
    (void)stage_times_from_variant(stages, &result->stages);
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
