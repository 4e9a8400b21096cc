#include "daemon/upkeep/inspector.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/quote.h"
#include "base/timer.h"
#include "concurrent/process_executor.h"
#include "daemon/dispatch/reading_task.h"
#include "daemon/dispatch/worker_pool.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "imaging/planning/explanation.h"

/* Downloads beside the one that is decoded. */
#define TASKS_PER_WORKER 2u

struct Inspector {
    InspectorOptions options;
    GMainContext *context;
    ProcessExecutor *workers;
    GHashTable *originals; /* of Original by key */
};

/* An imager's answer about an object. */
typedef struct {
    gboolean is_done;
    GError *error;
    Explanation *explanation; /* NULL with an error */
} Answer;

/* An original whose outputs are looked at. */
typedef struct {
    Inspector *inspector;
    char *key;
    guint references;   /* of inspections, and of its task */
    GPtrArray *waiting; /* of Inspection */
    Answer answer;
} Original;

struct Inspection {
    Inspector *inspector;
    Original *original;
    guint number;
    guint references; /* of the caller, and of its task */
    Answer answer;
    Timer *end;       /* func is called by it */
    InspectFunc func; /* NULL when it has been called, or is not to be */
    void *data;
};

static void answer_clear(Answer *answer)
{
    g_clear_error(&answer->error);
    g_clear_pointer(&answer->explanation, g_free);
}

static void original_unref(Original *original)
{
    if (--original->references > 0)
        return;
    g_hash_table_remove(original->inspector->originals, original->key);
    g_ptr_array_unref(original->waiting);
    answer_clear(&original->answer);
    g_free(original->key);
    g_free(original);
}

static void inspection_unref(Inspection *inspection)
{
    if (--inspection->references > 0)
        return;
    answer_clear(&inspection->answer);
    timer_free(inspection->end);
    original_unref(inspection->original);
    g_free(inspection);
}

/* Judging */

/* An imager that reports an error, or dies of it, has met bytes that are bad. Any other error says nothing of
 * them. */
static Difference difference_of_error(const GError *error)
{
    switch (error_class(error)) {
    case ERROR_INPUT:
    case ERROR_CRASH: return DIFFERENCE_UNDECODABLE;
    default: return DIFFERENCE_UNREACHABLE;
    }
}

static Difference compare_size(PlanSize found, PlanSize expected, char **ret_text)
{
    if (found.width == expected.width && found.height == expected.height)
        return DIFFERENCE_NONE;
    *ret_text = g_strdup_printf("%u x %u pixels, expected %u x %u", found.width, found.height, expected.width,
                                expected.height);
    return DIFFERENCE_SIZE;
}

static Difference compare_format(ImageFormat found, ImageFormat expected, char **ret_text)
{
    if (expected == FORMAT_SOURCE || found == expected)
        return DIFFERENCE_NONE;
    *ret_text = g_strdup_printf("bytes of format %s, expected %s", format_info(found)->name,
                                format_info(expected)->name);
    return DIFFERENCE_UNDECODABLE;
}

static Difference judge(const Inspection *inspection, char **ret_text)
{
    const InspectorOptions *options = &inspection->inspector->options;
    const Explanation *found = inspection->answer.explanation;
    const Explanation *source = inspection->original->answer.explanation;
    const PlanOutput *plan = source != NULL ? &source->plan.outputs[inspection->number] : NULL;
    const gboolean is_planned = plan != NULL && !plan->is_refused;
    Difference difference;

    if (found == NULL) {
        *ret_text = g_strdup(inspection->answer.error->message);
        return difference_of_error(inspection->answer.error);
    }
    difference = compare_format(
        found->format,
        is_planned ? plan->format : config_output(options->config, inspection->number)->recipe.format,
        ret_text);
    if (difference != DIFFERENCE_NONE)
        return difference;
    if (!is_planned) {
        options->report->verify.unplanned++;
        return DIFFERENCE_NONE;
    }
    return compare_size(explanation_upright(found), plan->size, ret_text);
}

static void on_end(void *data)
{
    Inspection *inspection = data;
    InspectFunc func = inspection->func;
    g_autofree char *text = NULL;
    Difference difference;

    if (func == NULL)
        return;
    inspection->func = NULL;
    difference = judge(inspection, &text);
    func(difference, text, inspection->data);
}

static void end_if_complete(const Inspection *inspection)
{
    if (inspection->answer.is_done && inspection->original->answer.is_done && inspection->func != NULL)
        timer_set(inspection->end, clock_now_us());
}

/* Asking */

static void take_answer(Future *future, guint n_outputs, Answer *answer)
{
    GVariant *value = future_result(future, 0, &answer->error);
    Explanation *explanation = g_new0(Explanation, 1);

    answer->is_done = TRUE;
    if (value != NULL && !g_variant_is_of_type(value, G_VARIANT_TYPE(EXPLAIN_RESULT_TYPE)))
        error_set(&answer->error, ERROR_INTERNAL, "the worker returned %s", g_variant_get_type_string(value));
    else if (value != NULL && explanation_from_variant(value, n_outputs, explanation, &answer->error))
        answer->explanation = g_steal_pointer(&explanation);
    g_free(explanation);
    future_unref(future);
}

static void on_original(Future *future, void *data)
{
    Original *original = data;

    take_answer(future, original->inspector->options.config->outputs->len, &original->answer);
    for (guint i = 0; i < original->waiting->len; i++)
        end_if_complete(original->waiting->pdata[i]);
    original_unref(original);
}

static void on_output(Future *future, void *data)
{
    Inspection *inspection = data;

    take_answer(future, 1, &inspection->answer);
    end_if_complete(inspection);
    inspection_unref(inspection);
}

/* func is called when the task is over, with what keeps it alive; at once if it cannot begin. */
static gboolean submit(Inspector *inspector, const char *target, ObjectTask *task, FutureFunc func,
                       void *data, GError **error)
{
    Future *future = executor_submit(process_executor_base(inspector->workers), target,
                                     object_task_to_variant(task), NULL, error);

    if (future == NULL)
        return FALSE;
    inspector->options.report->requests.get++;
    future_add_done_callback(future, func, data);
    return TRUE;
}

/* With the memory of one of the workers that render at once. */
static ObjectTask *task_for(const Inspector *inspector, Store *store, const char *key, GError **error)
{
    const Config *config = inspector->options.config;
    ObjectTask *task = reading_task_new(config, store, key, error);

    if (task != NULL)
        task->limits.max_memory_bytes = config_memory_bytes(config) / config_workers(config);
    return task;
}

static gboolean ask_about_original(Original *original, GError **error)
{
    const Inspector *inspector = original->inspector;
    const Config *config = inspector->options.config;
    g_autoptr(ObjectTask) task = task_for(inspector, inspector->options.source, original->key, error);

    if (task == NULL)
        return FALSE;
    for (guint i = 0; i < config->outputs->len; i++)
        object_task_add_recipe(task, i, &config_output(config, i)->recipe);
    original->references++;
    if (submit(original->inspector, TARGET_EXPLAIN, task, on_original, original, error))
        return TRUE;
    original->references--;
    return FALSE;
}

/* A recipe that needs all pixels and encodes quickly. Damage that `truncated: accept` lets pass in an
 * original is damage in an output. */
static gboolean ask_about_output(Inspection *inspection, const char *key, GError **error)
{
    const Recipe recipe = {.width = RECIPE_MAX_SIDE,
                           .height = RECIPE_MAX_SIDE,
                           .fit = FIT_INSIDE,
                           .background = RECIPE_WHITE,
                           .format = FORMAT_JPEG,
                           .quality = 1};
    Inspector *inspector = inspection->inspector;
    g_autoptr(ObjectTask) task = task_for(inspector, inspector->options.destination, key, error);

    if (task == NULL)
        return FALSE;
    task->limits.accept_truncated = FALSE;
    object_task_add_recipe(task, 0, &recipe);
    inspection->references++;
    if (submit(inspector, TARGET_DECODE, task, on_output, inspection, error))
        return TRUE;
    inspection->references--;
    return FALSE;
}

static Original *original_ref(Inspector *inspector, const char *key)
{
    Original *original = g_hash_table_lookup(inspector->originals, key);

    if (original != NULL) {
        original->references++;
        return original;
    }
    original = g_new0(Original, 1);
    original->inspector = inspector;
    original->key = g_strdup(key);
    original->references = 1;
    original->waiting = g_ptr_array_new();
    g_hash_table_insert(inspector->originals, original->key, original);
    original->answer.is_done = !ask_about_original(original, &original->answer.error);
    return original;
}

Inspection *inspector_look(Inspector *inspector, const char *source_key, guint number, const char *output_key,
                           InspectFunc func, void *data)
{
    Inspection *inspection = g_new0(Inspection, 1);

    inspection->inspector = inspector;
    inspection->original = original_ref(inspector, source_key);
    inspection->number = number;
    inspection->references = 1;
    inspection->func = func;
    inspection->data = data;
    inspection->end = timer_new(inspector->context, on_end, inspection);
    g_ptr_array_add(inspection->original->waiting, inspection);
    if (!ask_about_output(inspection, output_key, &inspection->answer.error))
        inspection->answer.is_done = TRUE;
    end_if_complete(inspection);
    return inspection;
}

void inspection_free(Inspection *inspection)
{
    if (inspection == NULL)
        return;
    inspection->func = NULL;
    timer_unset(inspection->end);
    g_ptr_array_remove_fast(inspection->original->waiting, inspection);
    inspection_unref(inspection);
}

static void on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data)
{
    const Inspector *inspector = data;
    RunReport *report = inspector->options.report;

    (void)executor;
    (void)process;
    (void)text;
    report->processes.workers_started += event == CHILD_STARTED ? 1 : 0;
    report->processes.crashes += event == CHILD_DIED ? 1 : 0;
}

/* Notes of a worker about its imager (NOTE_IMAGER). */
static void on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data)
{
    const Inspector *inspector = data;
    RunReport *report = inspector->options.report;
    gboolean is_started;

    (void)executor;
    if (strcmp(name, NOTE_IMAGER) != 0 || !g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_IMAGER_TYPE)))
        return;
    g_variant_get(value, "(b&s)", &is_started, NULL);
    (*(is_started ? &report->processes.imagers_started : &report->processes.crashes))++;
}

Inspector *inspector_new(const InspectorOptions *options, GMainContext *context, GError **error)
{
    Inspector *inspector = g_new0(Inspector, 1);

    inspector->options = *options;
    inspector->context = g_main_context_ref(context);
    inspector->originals = g_hash_table_new(g_str_hash, g_str_equal);
    inspector->workers = worker_pool_start(&(WorkerPoolOptions){.config = options->config,
                                                                .count = config_workers(options->config),
                                                                .tasks = TASKS_PER_WORKER,
                                                                .proxies = options->proxies,
                                                                .on_child = on_child,
                                                                .on_note = on_note,
                                                                .data = inspector},
                                           context, error);
    if (inspector->workers == NULL)
        g_clear_pointer(&inspector, inspector_free);
    return inspector;
}

void inspector_free(Inspector *inspector)
{
    if (inspector == NULL)
        return;
    if (inspector->workers != NULL)
        executor_free(process_executor_base(inspector->workers));
    g_hash_table_unref(inspector->originals);
    g_main_context_unref(inspector->context);
    g_free(inspector);
}
