#include "tests/daemon/dispatch/bench.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "config/config.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"

/* The modification time of all objects. */
#define OLD_S 1000000000

/* The dispatcher */

static void on_room(void *data)
{
    ((Bench *)data)->rooms++;
}

static void on_change(void *data)
{
    dispatcher_wake(((Bench *)data)->dispatcher);
}

/* The lines that a configuration has unless the test brings its own. */
static const char *const usual[][2] = {
    {"source:", "source: {url: 's3://originals/'}\n"},
    {"destination:", "destination: {url: 's3://made/'}\n"},
    {"outputs:", "outputs: [{name: a, width: 10, height: 10}, {name: b, width: 20, height: 20}]\n"},
    {"workers:", "workers: {count: 1, tasks_in_flight: 2}\n"},
};

static Config *config_of(const char *more)
{
    g_autoptr(GString) lines = g_string_new(more);
    g_autoptr(GError) error = NULL;
    Config *config;

    for (guint i = 0; i < G_N_ELEMENTS(usual); i++)
        if (strstr(more, usual[i][0]) == NULL)
            g_string_append(lines, usual[i][1]);
    config = config_parse(lines->str, lines->len, "c", &error);
    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

void bench_open_with_ledger(Bench *bench, const char *more, const char *ledger)
{
    static const HttpProxies proxies = {0};
    g_autoptr(GError) error = NULL;

    *bench = (Bench){.context = g_main_context_new(), .config = config_of(more)};
    bench->source = memory_store_new("s3://originals/", bench->context);
    bench->destination = memory_store_new("s3://made/", bench->context);
    bench->report = report_new("test");
    bench->memory = failure_memory_new(bench->config, ledger, FALSE, bench->context);
    bench->watch = store_watch_new(&(StoreWatchOptions){.source = bench->source,
                                                        .destination = bench->destination,
                                                        .limit_ms = bench->config->retries.outage_ms,
                                                        .on_change = on_change,
                                                        .data = bench},
                                   bench->context);
    bench->dispatcher = dispatcher_new(&(DispatcherOptions){.config = bench->config,
                                                            .proxies = &proxies,
                                                            .source = bench->source,
                                                            .destination = bench->destination,
                                                            .memory = bench->memory,
                                                            .watch = bench->watch,
                                                            .report = bench->report,
                                                            .on_room = on_room,
                                                            .data = bench},
                                       bench->context, &error);
    cr_assert_not_null(bench->dispatcher, "%s", error != NULL ? error->message : "");
    bench->workers = children_find("worker", 0);
    children_ready(bench->workers);
}

void bench_open(Bench *bench, const char *more)
{
    bench_open_with_ledger(bench, more, NULL);
}

void bench_close(Bench *bench)
{
    dispatcher_free(bench->dispatcher);
    store_watch_free(bench->watch);
    failure_memory_free(bench->memory);
    report_free(bench->report);
    store_close(bench->source);
    store_close(bench->destination);
    config_free(bench->config);
    g_main_context_unref(bench->context);
}

static void output_clear(void *data)
{
    g_free(((DiffOutput *)data)->key);
}

void bench_add(Bench *bench, const char *key)
{
    WorkObject *object = g_new0(WorkObject, 1);

    memory_store_put(bench->source, key, OLD_S);
    *object = (WorkObject){.key = g_strdup(key),
                           .version = g_strdup("v"),
                           .size_bytes = 1000,
                           .mtime_s = OLD_S,
                           .outputs = g_array_new(FALSE, TRUE, sizeof(DiffOutput))};
    g_array_set_clear_func(object->outputs, output_clear);
    for (guint i = 0; i < bench->config->outputs->len; i++) {
        const DiffOutput output = {i, g_strdup_printf("%s/%s", config_output(bench->config, i)->name, key),
                                   TRUE, FRESHNESS_MISSING};

        g_array_append_val(object->outputs, output);
    }
    dispatcher_add(bench->dispatcher, object);
}

guint bench_open_tasks(const Bench *bench)
{
    return children_open(bench->workers, TARGET_OBJECT);
}

ObjectTask *bench_task(const Bench *bench, guint i)
{
    ObjectTask *task = object_task_from_variant(children_args(bench->workers, TARGET_OBJECT, i), NULL);

    cr_assert_not_null(task);
    return task;
}

char *bench_key(const Bench *bench, guint i)
{
    g_autoptr(ObjectTask) task = bench_task(bench, i);

    cr_assert(g_str_has_prefix(task->reference, "memory:"));
    return g_strdup(task->reference + strlen("memory:"));
}

void bench_answer(Bench *bench, guint i, ObjectResult *result)
{
    children_return(bench->workers, TARGET_OBJECT, i, object_result_to_variant(result), NULL);
    object_result_free(result);
    moved_clock_settle(bench->context);
}

/* The answer that all outputs of the i-th task were made. */
static ObjectResult *made(const Bench *bench, guint i)
{
    g_autoptr(ObjectTask) task = bench_task(bench, i);
    ObjectResult *result = object_result_new();

    result->bytes_in = 1000;
    for (guint n = 0; n < task->outputs->len; n++) {
        const OutputResult output = {.number = object_task_output(task, n)->number, .size_bytes = 100};

        g_array_append_val(result->outputs, output);
    }
    return result;
}

void bench_make(Bench *bench, guint i)
{
    bench_answer(bench, i, made(bench, i));
}

void bench_fail(Bench *bench, guint i, ErrorClass class, const char *reason)
{
    ObjectResult *result = object_result_new();

    result->error = g_error_new_literal(error_quark(), (gint) class, reason);
    result->bytes_in = class == ERROR_INPUT || class == ERROR_LIMIT ? 1000 : 0;
    bench_answer(bench, i, result);
}

void bench_fail_output(Bench *bench, guint i, guint n, ErrorClass class)
{
    ObjectResult *result = made(bench, i);

    g_array_index(result->outputs, OutputResult, n).error =
        g_error_new_literal(error_quark(), (gint) class, "it fails");
    bench_answer(bench, i, result);
}

void bench_wait(Bench *bench, guint seconds)
{
    moved_clock_advance(bench->context, seconds * CLOCK_US_PER_S);
}

void bench_add_many(Bench *bench, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%03u.jpg", i);

        bench_add(bench, key);
    }
}

void bench_assert_key(const Bench *bench, guint i, const char *expected)
{
    g_autofree char *key = bench_key(bench, i);

    cr_assert_str_eq(key, expected);
}

const ReportFailure *bench_failure(const Bench *bench, guint i)
{
    cr_assert_lt(i, bench->report->failures->len);
    return bench->report->failures->pdata[i];
}

void bench_make_all(Bench *bench)
{
    for (guint round = 0; !dispatcher_is_idle(bench->dispatcher); round++) {
        cr_assert_lt(round, 1000);
        if (bench_open_tasks(bench) > 0)
            bench_make(bench, 0);
        else
            bench_wait(bench, 1);
    }
}
