/* NOLINTBEGIN(readability-function-size): Criterion's assertions are nested blocks */
#define main supervisor_main
int supervisor_main(void);
#include "daemon/supervisor/proc_supervisor.c" /* NOLINT(bugprone-suspicious-include) */
#undef main

#include "tests/daemon/supervisor/bench.h"

#include <criterion/criterion.h>
#include <string.h>

#include "daemon/access/state_object.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"

SupervisorBench bench;

static const ChildOptions *child; /* what the supervisor serves */
static void (*test_body)(void);

/* The parent. */

int __wrap_child_serve(const ChildOptions *options, GMainContext *of);
void __wrap_child_note(Child *to, const char *name, GVariant *value);
guint __wrap_child_backlog(const Child *to);
void __wrap_role_expect_parent(Role role);

int __wrap_child_serve(const ChildOptions *options, GMainContext *of)
{
    child = options;
    bench.context = of;
    bench.source = memory_store_new("s3://originals/", bench.context);
    bench.destination = memory_store_new("s3://made/", bench.context);
    cr_assert(options->initializer((Child *)"child", NULL, options->table.data, NULL));
    test_body();
    if (options->finalizer != NULL)
        options->finalizer(options->table.data);
    return 0;
}

void __wrap_child_note(Child *to, const char *name, GVariant *value)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(value);
    const char *message, *from, *output;
    gint32 level;

    (void)to;
    if (strcmp(name, NOTE_LOG) == 0) {
        g_variant_get(owned, "(i&s@a{ss})", &level, &message, NULL);
        g_string_append_printf(bench.logged, "%s;", message);
    } else if (strcmp(name, NOTE_PLAN) == 0) {
        g_variant_get(owned, "(&s&s)", &from, &output);
        g_string_append_printf(bench.planned, "%s -> %s;", from, output);
    } else if (strcmp(name, NOTE_FINDING) == 0) {
        g_variant_get(owned, "(&s&s&s&s)", NULL, &output, &from, NULL);
        g_string_append_printf(bench.findings, "%s %s;", output, from);
    } else if (strcmp(name, NOTE_METER) == 0) {
        Meter more;
        MeterGauges gauges;

        cr_assert(meter_from_variant(owned, &more, &gauges));
        meter_add(&bench.metered, &more);
    } else {
        cr_assert(progress_from_variant(owned, &bench.progress));
    }
}

guint __wrap_child_backlog(const Child *to)
{
    (void)to;
    return bench.backlog;
}

void __wrap_role_expect_parent(Role role)
{
    (void)role;
}

/* The stores: in place of daemon/access/stores.c, and the same for every order. */

Stores *stores_open(const Config *config, const StoreCredentials *credentials, const HttpProxies *proxies,
                    GMainContext *of, GError **error)
{
    Stores *stores = g_new0(Stores, 1);

    (void)config;
    (void)credentials;
    (void)proxies;
    (void)of;
    (void)error;
    stores->source = bench.source;
    stores->destination = bench.destination;
    return stores;
}

void stores_count(const Stores *stores, RunReport *report)
{
    (void)stores;
    report->requests.list += memory_store_pages(bench.source) + memory_store_pages(bench.destination);
}

void stores_close(Stores *stores)
{
    g_free(stores);
}

/* The destination's state folder: in place of daemon/access/state_object.c. */

struct StateObject {
    char *url;
};

StateObject *state_object_new(Loop *loop, Store *store, const char *key)
{
    StateObject *object = g_new0(StateObject, 1);

    (void)loop;
    object->url = g_strconcat(store_url(store), key, NULL);
    return object;
}

const char *state_object_url(const StateObject *object)
{
    return object->url;
}

gboolean state_object_read(StateObject *object, gsize max_bytes, GBytes **ret_content, GError **error)
{
    (void)object;
    (void)error;
    cr_assert(bench.recipes == NULL || strlen(bench.recipes) <= max_bytes);
    *ret_content = bench.recipes != NULL ? g_bytes_new(bench.recipes, strlen(bench.recipes)) : NULL;
    return TRUE;
}

StateObjectResult state_object_replace(StateObject *object, const char *text, GError **error)
{
    (void)object;
    (void)error;
    g_free(bench.recipes);
    bench.recipes = g_strdup(text);
    return STATE_OBJECT_WRITTEN;
}

gboolean state_object_clock(StateObject *object, const char *key, gint64 *ret_now_s, GError **error)
{
    (void)object;
    (void)key;
    (void)error;
    *ret_now_s = NOW_S;
    return TRUE;
}

void state_object_free(StateObject *object)
{
    if (object == NULL)
        return;
    g_free(object->url);
    g_free(object);
}

void bench_open(void (*func)(void))
{
    bench.logged = g_string_new(NULL);
    bench.planned = g_string_new(NULL);
    bench.findings = g_string_new(NULL);
    test_body = func;
    cr_assert_eq(supervisor_main(), 0);
    g_string_free(bench.logged, TRUE);
    g_string_free(bench.planned, TRUE);
    g_string_free(bench.findings, TRUE);
    g_clear_pointer(&bench.recipes, g_free);
    store_close(bench.source);
    store_close(bench.destination);
}

/* Requests */

static void on_return(Call *base, GVariant *result, FdList *fds)
{
    ((Answer *)base)->value = g_variant_ref_sink(result);
    fd_list_free(fds);
}

static void on_fail(Call *base, GError *error)
{
    ((Answer *)base)->error = error;
}

void answer_free(Answer *answer)
{
    if (answer->value != NULL)
        g_variant_unref(answer->value);
    g_clear_error(&answer->error);
    g_free(answer);
}

/* fds is taken, and may be NULL. */
static Answer *ask(const char *target, GVariant *args, FdList *fds)
{
    static const CallOps ops = {.return_result = on_return, .fail = on_fail};
    g_autoptr(GVariant) owned = g_variant_ref_sink(args);
    Answer *answer = g_new0(Answer, 1);

    answer->base.ops = &ops;
    call_run(&answer->base, &child->table, target, owned, fds);
    fd_list_free(fds);
    moved_clock_settle(bench.context);
    return answer;
}

Answer *bench_request(const char *target, GVariant *args)
{
    return ask(target, args, NULL);
}

/* The lines that a configuration has unless the test brings its own. */
static const char *const usual[][2] = {
    {"source:", "source: {url: 's3://originals/'}\n"},
    {"destination:", "destination: {url: 's3://made/'}\n"},
    {"outputs:", "outputs: [{name: a, width: 10, height: 10, format: webp}]\n"},
    {"workers:", "workers: {count: 1, tasks_in_flight: 4}\n"},
};

GVariant *bench_config(const char *more)
{
    g_autoptr(GString) lines = g_string_new(more);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(usual); i++)
        if (strstr(more, usual[i][0]) == NULL)
            g_string_append(lines, usual[i][1]);
    config = config_parse(lines->str, lines->len, "c", &error);
    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config_to_variant(config);
}

GVariant *bench_environment(void)
{
    return g_variant_new_parsed("{'AWS_ACCESS_KEY_ID': 'id', 'AWS_SECRET_ACCESS_KEY': 's3cr3t'}");
}

/* The reading end of a pipe with these keys, each ended by NUL. */
static FdList *list_of(const char *keys)
{
    g_autofree char *bytes = g_strdup(keys);
    const gsize size = strlen(bytes);
    FdList *fds = fd_list_new();
    int ends[2];

    g_strdelimit(bytes, "\n", '\0');
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], bytes, size), (gssize)size);
    close(ends[1]);
    fd_list_append(fds, ends[0]);
    return fds;
}

Answer *bench_run_order(const char *more, const RunOrder *order, const char *keys)
{
    GVariant *args = g_variant_new("(@a{sv}@a{ss}@" RUN_MORE_TYPE ")", bench_config(more),
                                   bench_environment(), run_order_to_variant(order));
    Answer *answer = ask(TARGET_RUN, args, keys != NULL ? list_of(keys) : NULL);

    for (guint i = 0; children_find("worker", i) != NULL; i++)
        if (children_pid(children_find("worker", i)) == 0)
            children_ready(children_find("worker", i));
    moved_clock_settle(bench.context);
    return answer;
}

Answer *bench_run(const char *more)
{
    return bench_run_order(more, &(RunOrder){0}, NULL);
}

ProcessExecutor *bench_workers(void)
{
    return children_find("worker", 0);
}

guint bench_open_tasks(void)
{
    return bench_workers() != NULL ? children_open(bench_workers(), TARGET_OBJECT) : 0;
}

void bench_answer_task(gint class)
{
    g_autoptr(ObjectTask) task =
        object_task_from_variant(children_args(bench_workers(), TARGET_OBJECT, 0), NULL);
    g_autoptr(ObjectResult) result = object_result_new();

    if (class >= 0) {
        result->error = g_error_new_literal(error_quark(), class, "it fails");
    } else {
        for (guint i = 0; i < task->outputs->len; i++) {
            const OutputResult output = {.number = object_task_output(task, i)->number, .size_bytes = 10};

            g_array_append_val(result->outputs, output);
        }
    }
    result->bytes_in = class < 0 || class == ERROR_INPUT ? 1000 : 0;
    children_return(bench_workers(), TARGET_OBJECT, 0, object_result_to_variant(result), NULL);
    moved_clock_settle(bench.context);
}

void bench_answer_all(const Answer *answer, gint class)
{
    for (guint round = 0; answer->value == NULL && answer->error == NULL; round++) {
        cr_assert_lt(round, 2000, "it does not end: %s", bench.logged->str);
        if (bench_open_tasks() > 0)
            bench_answer_task(class);
        else
            moved_clock_advance(bench.context, CLOCK_US_PER_S);
    }
}

RunReport *bench_report(const Answer *answer)
{
    g_autoptr(GError) error = NULL;
    RunReport *report;

    cr_assert_not_null(answer->value, "%s", answer->error != NULL ? answer->error->message : "no answer");
    report = report_from_variant(answer->value, &error);
    cr_assert_not_null(report, "%s", error != NULL ? error->message : "");
    return report;
}

void bench_add_many(guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%03u.jpg", i);

        memory_store_put(bench.source, key, OLD_S);
    }
}

void bench_assert_logged(const char *message)
{
    cr_assert_not_null(strstr(bench.logged->str, message), "'%s' is not in: %s", message, bench.logged->str);
}
/* NOLINTEND(readability-function-size) */
