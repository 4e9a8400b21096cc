/* A whole supervisor in the process of its test: with its targets, over stores, workers and a clock that are
 * made in memory. */
/* NOLINTBEGIN(readability-function-size): Criterion's assertions are nested blocks */
#define main supervisor_main
int supervisor_main(void);
#include "daemon/supervisor/proc_supervisor.c" /* NOLINT(bugprone-suspicious-include) */
#undef main

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/access/state_object.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"
#include "daemon/protocol/progress.h"
#include "tests/base/moved_clock.h"
#include "tests/concurrent/children.h"
#include "tests/daemon/dispatch/verdicts.h"
#include "tests/store/memory_store.h"

/* Times of objects: an output is made after its original. */
#define OLD_S 1000000000
#define NEW_S 1000000100
#define NOW_S 1000000200 /* of the stores' clock */

static const ChildOptions *child; /* what the supervisor serves */
static GMainContext *context;
static void (*body)(void); /* of the test */
static Store *source, *destination;
static GString *logged; /* messages, each followed by ";" */
static GString *planned;
static Progress progress; /* the last one */
static Meter metered;     /* sum of all increments */
static guint backlog;

/* The parent. */

int __wrap_child_serve(const ChildOptions *options, GMainContext *of);
void __wrap_child_note(Child *to, const char *name, GVariant *value);
guint __wrap_child_backlog(const Child *to);
void __wrap_role_expect_parent(Role role);

int __wrap_child_serve(const ChildOptions *options, GMainContext *of)
{
    child = options;
    context = of;
    source = memory_store_new("s3://originals/", context);
    destination = memory_store_new("s3://made/", context);
    cr_assert(options->initializer((Child *)"child", NULL, options->table.data, NULL));
    body();
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
        g_string_append_printf(logged, "%s;", message);
    } else if (strcmp(name, NOTE_PLAN) == 0) {
        g_variant_get(owned, "(&s&s)", &from, &output);
        g_string_append_printf(planned, "%s -> %s;", from, output);
    } else if (strcmp(name, NOTE_METER) == 0) {
        Meter more;
        MeterGauges gauges;

        cr_assert(meter_from_variant(owned, &more, &gauges));
        meter_add(&metered, &more);
    } else {
        cr_assert(progress_from_variant(owned, &progress));
    }
}

guint __wrap_child_backlog(const Child *to)
{
    (void)to;
    return backlog;
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
    stores->source = source;
    stores->destination = destination;
    return stores;
}

void stores_count(const Stores *stores, RunReport *report)
{
    (void)stores;
    report->requests.list += memory_store_pages(source) + memory_store_pages(destination);
}

void stores_close(Stores *stores)
{
    g_free(stores);
}

/* The destination's state folder: in place of daemon/access/state_object.c. */

static char *recipes; /* content of its file, or NULL */

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
    cr_assert(recipes == NULL || strlen(recipes) <= max_bytes);
    *ret_content = recipes != NULL ? g_bytes_new(recipes, strlen(recipes)) : NULL;
    return TRUE;
}

StateObjectResult state_object_replace(StateObject *object, const char *text, GError **error)
{
    (void)object;
    (void)error;
    g_free(recipes);
    recipes = g_strdup(text);
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

static void in_supervisor(void (*func)(void))
{
    logged = g_string_new(NULL);
    planned = g_string_new(NULL);
    body = func;
    cr_assert_eq(supervisor_main(), 0);
    g_string_free(logged, TRUE);
    g_string_free(planned, TRUE);
    g_clear_pointer(&recipes, g_free);
    store_close(source);
    store_close(destination);
}

/* TEST(name) { ... } is the body of a test, within a supervisor. */
#define TEST(name)                                                                                           \
    static void name(void);                                                                                  \
    Test(supervisor, name)                                                                                   \
    {                                                                                                        \
        in_supervisor(name);                                                                                 \
    }                                                                                                        \
    static void name(void)

/* Requests */

typedef struct {
    Call base;
    GVariant *value;
    GError *error;
} Answer;

static void on_return(Call *base, GVariant *result, FdList *fds)
{
    ((Answer *)base)->value = g_variant_ref_sink(result);
    fd_list_free(fds);
}

static void on_fail(Call *base, GError *error)
{
    ((Answer *)base)->error = error;
}

static void answer_free(Answer *answer)
{
    if (answer->value != NULL)
        g_variant_unref(answer->value);
    g_clear_error(&answer->error);
    g_free(answer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Answer, answer_free)

static Answer *request(const char *target, GVariant *args)
{
    static const CallOps ops = {.return_result = on_return, .fail = on_fail};
    g_autoptr(GVariant) owned = g_variant_ref_sink(args);
    Answer *answer = g_new0(Answer, 1);

    answer->base.ops = &ops;
    call_run(&answer->base, &child->table, target, owned, NULL);
    moved_clock_settle(context);
    return answer;
}

static GVariant *config_variant(const char *more)
{
    g_autofree char *text = g_strconcat("source: {url: 's3://originals/'}\ndestination: {url: 's3://made/'}\n"
                                        "outputs: [{name: a, width: 10, height: 10, format: webp}]\n"
                                        "workers: {count: 1, tasks_in_flight: 4}\n",
                                        more, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config_to_variant(config);
}

static GVariant *keys(void)
{
    return g_variant_new_parsed("{'AWS_ACCESS_KEY_ID': 'id', 'AWS_SECRET_ACCESS_KEY': 's3cr3t'}");
}

/* held: keys, or NULL. */
static Answer *run_with(const char *more, gboolean dry_run, const char *const *held)
{
    GVariant *list = held != NULL ? g_variant_new_bytestring_array(held, -1)
                                  : g_variant_new_array(G_VARIANT_TYPE_BYTESTRING, NULL, 0);
    const RunOrder order = {.dry_run = dry_run, .held = g_variant_new("(@aayt)", list, (guint64)0)};
    Answer *answer =
        request(TARGET_RUN, g_variant_new("(@a{sv}@a{ss}@" RUN_MORE_TYPE ")", config_variant(more), keys(),
                                          run_order_to_variant(&order)));

    for (guint i = 0; children_find("worker", i) != NULL; i++)
        if (children_pid(children_find("worker", i)) == 0)
            children_ready(children_find("worker", i));
    moved_clock_settle(context);
    return answer;
}

static Answer *run(const char *more)
{
    return run_with(more, FALSE, NULL);
}

static ProcessExecutor *workers(void)
{
    return children_find("worker", 0);
}

static guint open_tasks(void)
{
    return workers() != NULL ? children_open(workers(), TARGET_OBJECT) : 0;
}

/* Workers answer the oldest task. class: of its failure, or -1. */
static void answer_task(gint class)
{
    g_autoptr(ObjectTask) task = object_task_from_variant(children_args(workers(), TARGET_OBJECT, 0), NULL);
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
    children_return(workers(), TARGET_OBJECT, 0, object_result_to_variant(result), NULL);
    moved_clock_settle(context);
}

/* Answers every task in this way until the order is answered. */
static void answer_all(const Answer *answer, gint class)
{
    for (guint round = 0; answer->value == NULL && answer->error == NULL; round++) {
        cr_assert_lt(round, 2000, "it does not end: %s", logged->str);
        if (open_tasks() > 0)
            answer_task(class);
        else
            moved_clock_advance(context, CLOCK_US_PER_S);
    }
}

static RunReport *report_of(const Answer *answer)
{
    g_autoptr(GError) error = NULL;
    RunReport *report;

    cr_assert_not_null(answer->value, "%s", answer->error != NULL ? answer->error->message : "no answer");
    report = report_from_variant(answer->value, &error);
    cr_assert_not_null(report, "%s", error != NULL ? error->message : "");
    return report;
}

static void add_many(guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%03u.jpg", i);

        memory_store_put(source, key, OLD_S);
    }
}

static void assert_logged(const char *message)
{
    cr_assert_not_null(strstr(logged->str, message), "'%s' is not in: %s", message, logged->str);
}

/* Passes */

TEST(a_pass_makes_what_is_missing_or_older_and_nothing_else)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(5);
    memory_store_put(destination, "a/000.webp", NEW_S);
    memory_store_put(destination, "a/001.webp", OLD_S - 100);
    memory_store_put(destination, "stranger", NEW_S);
    answer = run("");
    cr_assert_eq(open_tasks(), 4);
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_eq(report->objects.listed, 5);
    cr_assert_eq(report->objects.done, 4);
    cr_assert_eq(report->skip_reasons.up_to_date, 1);
    cr_assert_eq(report->outputs.made, 4);
    cr_assert(progress.all_listed);
    cr_assert_eq(progress.total, 5);
    cr_assert_eq(metered.objects.done, 4, "all was told before the report");
    cr_assert_eq(metered.objects.up_to_date, 1);
    cr_assert_eq(metered.outputs.made, 4);
}

TEST(a_pass_over_what_is_up_to_date_starts_no_worker)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(4);
    for (guint i = 0; i < 4; i++) {
        g_autofree char *key = g_strdup_printf("a/%03u.webp", i);

        memory_store_put(destination, key, NEW_S);
    }
    answer = run("");
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_eq(report->objects.skipped, 4);
    cr_assert_null(workers());
    cr_assert_gt(report->requests.list, 1);
}

TEST(recipes_in_force_are_written_down_once)
{
    g_autoptr(Answer) first = NULL;
    g_autoptr(Answer) second = NULL;
    g_autofree char *before = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(1);
    memory_store_put(destination, "a/000.webp", NEW_S);
    first = run("");
    answer_all(first, -1);
    cr_assert_not_null(recipes);
    before = g_strdup(recipes);
    second = run("");
    answer_all(second, -1);
    cr_assert_str_eq(recipes, before, "it is still the same recipe");
    report = report_of(second);
    cr_assert_eq(report->outputs.made, 0);
}

TEST(objects_that_fail_are_told_by_the_exit_code)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(2);
    answer = run("");
    answer_task(ERROR_INPUT);
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_FAILED);
    cr_assert_eq(report->objects.failed, 1);
    cr_assert_eq(report->objects.done, 1);
}

TEST(of_two_originals_with_the_same_output_the_second_one_fails)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    memory_store_put(source, "x.gif", OLD_S);
    memory_store_put(source, "x.png", OLD_S);
    answer = run("");
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->objects.done, 1);
    cr_assert_eq(report->objects.failed, 1);
    cr_assert_eq(report->failures->len, 1);
    cr_assert_str_eq(((const ReportFailure *)report->failures->pdata[0])->key, "x.png");
}

TEST(archived_objects_are_skipped)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(1);
    memory_store_archive(source, "000.jpg");
    answer = run("");
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->skip_reasons.archived, 1);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
}

TEST(an_empty_source_is_said)
{
    g_autoptr(Answer) answer = run("");
    g_autoptr(RunReport) report = NULL;

    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_gt(logged->len, 0, "a typing mistake in a prefix looks like an empty source");
}

TEST(a_dry_run_tells_what_it_would_make)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(2);
    memory_store_put(destination, "a/000.webp", NEW_S);
    answer = run_with("", TRUE, NULL);
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_str_eq(planned->str, "001.jpg -> a/001.webp;");
    cr_assert_eq(report->outputs.made, 1);
    cr_assert_null(workers());
}

TEST(while_nobody_reads_no_further_page_is_listed)
{
    g_autoptr(Answer) answer = NULL;
    guint pages;

    add_many(20);
    backlog = 2000;
    answer = run("");
    moved_clock_advance(context, 2 * CLOCK_US_PER_S);
    pages = memory_store_pages(source);
    moved_clock_advance(context, 10 * CLOCK_US_PER_S);
    cr_assert_eq(memory_store_pages(source), pages);
    backlog = 0;
    answer_all(answer, -1);
    cr_assert_not_null(answer->value);
}

/* Failures */

TEST(a_destination_that_cannot_be_listed_makes_the_run_unusable)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    memory_store_fail(destination, ERROR_PERMANENT);
    answer = run("");
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    assert_logged("cannot list the destination");
}

TEST(a_source_that_has_never_answered_is_not_waited_for)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    memory_store_fail(source, ERROR_UNAVAILABLE);
    answer = run("");
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    assert_logged("cannot list the source");
}

TEST(when_all_objects_fail_alike_the_pass_stops)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(200);
    answer = run("");
    answer_all(answer, ERROR_INPUT);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
    cr_assert_lt(report->objects.failed, 120);
}

TEST(when_a_store_refuses_everything_the_pass_is_unusable)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(200);
    verdicts_is_refused = TRUE;
    answer = run("retries: {alike: never}\n");
    answer_all(answer, ERROR_PERMANENT);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    assert_logged("a store refuses");
}

TEST(a_store_that_stays_away_ends_the_pass)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(10);
    verdicts_store_answers = FALSE;
    answer = run("retries: {outage: 1m}\n");
    answer_all(answer, ERROR_UNAVAILABLE);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    cr_assert_eq(report->objects.failed, 0, "they are not to blame");
}

TEST(without_workers_the_pass_is_unusable)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(2);
    answer = run("");
    children_break(workers(), ERROR_INTERNAL, "they die as they start");
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
}

/* Stopping */

static Answer *stop(gboolean at_once)
{
    return request(TARGET_STOP, g_variant_new(STOP_ARGS_TYPE, at_once));
}

TEST(a_stop_finishes_what_is_in_flight)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(10);
    answer = run("");
    stopped = stop(FALSE);
    cr_assert_not_null(stopped->value);
    cr_assert_null(answer->value);
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
    cr_assert_eq(report->objects.done, 4);
}

TEST(a_stop_at_once_leaves_it)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(10);
    answer = run("");
    stopped = stop(TRUE);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
    cr_assert_eq(report->objects.done, 0);
    cr_assert_null(workers());
}

TEST(what_is_not_finished_in_time_is_left)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(10);
    answer = run("stop_timeout: 20s\n");
    stopped = stop(FALSE);
    moved_clock_advance(context, 19 * CLOCK_US_PER_S);
    cr_assert_null(answer->value);
    moved_clock_advance(context, 2 * CLOCK_US_PER_S);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
}

/* Handover */

static char *in_flight(void)
{
    g_autoptr(Answer) answer = request(TARGET_IN_FLIGHT, g_variant_new("()"));

    cr_assert(g_variant_is_of_type(answer->value, G_VARIANT_TYPE(IN_FLIGHT_RESULT_TYPE)));
    return g_variant_print(answer->value, FALSE);
}

TEST(it_tells_what_is_in_flight)
{
    g_autoptr(Answer) answer = NULL;
    g_autofree char *before = in_flight();
    g_autofree char *after = NULL;

    cr_assert_not_null(strstr(before, "[]"), "%s", before);
    add_many(1);
    answer = run("");
    after = in_flight();
    cr_assert_not_null(strstr(after, "000.jpg"), "%s", after);
    answer_all(answer, -1);
}

TEST(objects_of_the_previous_supervisor_are_held_until_they_are_released)
{
    const char *const held[] = {"000.jpg", "001.jpg", NULL};
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) released = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(3);
    answer = run_with("", FALSE, held);
    cr_assert_eq(open_tasks(), 1);
    answer_task(-1);
    moved_clock_advance(context, 10 * CLOCK_US_PER_S);
    cr_assert_null(answer->value, "it waits");
    memory_store_put(destination, "a/000.webp", NEW_S); /* which the previous supervisor has made meanwhile */
    released = request(TARGET_RELEASE, g_variant_new("()"));
    cr_assert_not_null(released->value);
    moved_clock_settle(context);
    cr_assert_eq(open_tasks(), 1, "001.jpg");
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->objects.done, 2);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
}

TEST(a_stop_drops_what_is_held)
{
    const char *const held[] = {"000.jpg", NULL};
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    add_many(1);
    answer = run_with("", FALSE, held);
    stopped = stop(FALSE);
    report = report_of(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
}

/* Other requests */

TEST(it_answers_while_it_works)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) ping = NULL;
    g_autoptr(Answer) list = NULL;
    g_autoptr(Answer) scaled = NULL;
    g_autoptr(Answer) other = NULL;
    g_autoptr(Answer) none = request(TARGET_WORKERS, g_variant_new("()"));

    add_many(10);
    answer = run("");
    ping = request(TARGET_PING, g_variant_new("()"));
    cr_assert_not_null(ping->value);
    list = request(TARGET_WORKERS, g_variant_new("()"));
    cr_assert(g_variant_is_of_type(list->value, G_VARIANT_TYPE(WORKERS_RESULT_TYPE)));
    scaled = request(TARGET_SCALE, g_variant_new(SCALE_ARGS_TYPE, 2u));
    cr_assert_not_null(scaled->value);
    cr_assert_eq(children_count(workers()), 2);
    cr_assert_eq(open_tasks(), 8);
    other = run("");
    cr_assert_eq(error_class(other->error), ERROR_INTERNAL, "one order at a time");
    answer_all(answer, -1);
    cr_assert_not_null(none->value);
}

TEST(a_worker_is_terminated_by_its_pid)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) wrong = request(TARGET_TERMINATE, g_variant_new(TERMINATE_ARGS_TYPE, 7u));
    g_autoptr(Answer) right = NULL;
    g_autoptr(RunReport) report = NULL;

    cr_assert_eq(error_class(wrong->error), ERROR_INPUT);
    add_many(2);
    answer = run("");
    right = request(TARGET_TERMINATE, g_variant_new(TERMINATE_ARGS_TYPE, (guint32)children_pid(workers())));
    cr_assert_not_null(right->value);
    answer_all(answer, -1);
    report = report_of(answer);
    cr_assert_eq(report->objects.done, 2);
    cr_assert_eq(report->processes.crashes, 1);
}

static Answer *ask(const char *target)
{
    return request(target, g_variant_new("(@a{sv}@a{ss})", config_variant(""), keys()));
}

TEST(a_probe_asks_both_stores)
{
    g_autoptr(Answer) good = ask(TARGET_PROBE);
    g_autoptr(Answer) bad = NULL;

    cr_assert_not_null(good->value, "%s", good->error != NULL ? good->error->message : "");
    cr_assert_eq(memory_store_pages(source), 1);
    cr_assert_eq(memory_store_pages(destination), 1);
    memory_store_fail(source, ERROR_TRANSIENT);
    bad = ask(TARGET_PROBE);
    cr_assert_eq(error_class(bad->error), ERROR_TRANSIENT);
    cr_assert(g_str_has_prefix(bad->error->message, "s3://originals/: "));
}

static Answer *explain(void)
{
    return request(TARGET_EXPLAIN, g_variant_new("(@a{sv}@a{ss}^ay)", config_variant(""), keys(), "x.jpg"));
}

TEST(an_explanation_is_that_of_a_worker)
{
    g_autoptr(Answer) answer = explain();

    children_return(workers(), TARGET_EXPLAIN, 0, g_variant_new("(v)", g_variant_new_string("a tree")), NULL);
    cr_assert_not_null(answer->value);
}

TEST(without_credentials_nothing_begins)
{
    g_autoptr(Answer) answer =
        request(TARGET_PROBE, g_variant_new("(@a{sv}@a{ss})",
                                            config_variant("s3: {credentials_file: /nowhere}\n"), keys()));

    for (guint i = 0; i < 100 && answer->error == NULL; i++)
        moved_clock_advance(context, CLOCK_US_PER_S);
    cr_assert_not_null(answer->error);
    cr_assert_eq(memory_store_pages(source), 0);
}

TEST(a_configuration_that_cannot_be_read_is_refused)
{
    g_autoptr(Answer) answer = request(TARGET_PROBE, g_variant_new_parsed("({'source': <7>}, @a{ss} {})"));

    cr_assert_eq(error_class(answer->error), ERROR_INTERNAL);
}
/* NOLINTEND(readability-function-size) */
