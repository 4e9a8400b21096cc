#include <criterion/criterion.h>
#include <string.h>

#include "config/config.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "daemon/upkeep/inspector.h"
#include "imaging/planning/explanation.h"
#include "tests/concurrent/children.h"
#include "tests/store/memory_store.h"

static GMainContext *context;
static Store *source, *destination;
static Config *config;
static RunReport *report;
static Inspector *inspector;
static ProcessExecutor *workers; /* borrowed */
static GString *heard;           /* "NAME:DIFFERENCE " */

static void setup(void)
{
    static const char text[] = "source: {url: \"s3://originals/\"}\ndestination: {url: \"s3://derived/\"}\n"
                               "workers: {count: 1}\n"
                               "outputs:\n- {name: t, width: 9, format: jpeg}\n"
                               "- {name: u, width: 8, format: source}\n";
    static const HttpProxies proxies = {0};
    g_autoptr(GError) error = NULL;

    context = g_main_context_new();
    source = memory_store_new("memory:source/", context);
    destination = memory_store_new("memory:destination/", context);
    config = config_parse(text, strlen(text), "c.yaml", &error);
    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    report = report_new("r");
    heard = g_string_new(NULL);
    inspector = inspector_new(&(InspectorOptions){.config = config,
                                                  .proxies = &proxies,
                                                  .source = source,
                                                  .destination = destination,
                                                  .report = report},
                              context, &error);
    cr_assert_not_null(inspector, "%s", error != NULL ? error->message : "");
    workers = children_find("worker", 0);
    children_ready(workers);
}

static void teardown(void)
{
    inspector_free(inspector);
    g_string_free(heard, TRUE);
    report_free(report);
    config_free(config);
    store_close(source);
    store_close(destination);
    g_main_context_unref(context);
}

TestSuite(inspector, .init = setup, .fini = teardown, .timeout = 30);

static void run(void)
{
    while (g_main_context_iteration(context, FALSE))
        ;
}

static void on_inspected(Difference difference, const char *text, void *data)
{
    cr_expect_eq(difference == DIFFERENCE_NONE, text == NULL);
    g_string_append_printf(heard, "%s:%s ", (const char *)data, difference_name(difference));
}

static Inspection *look(guint number)
{
    static const char *const names[] = {"t", "u"};
    g_autofree char *key = g_strdup_printf("%s/a.jpg", names[number]);

    return inspector_look(inspector, "a.jpg", number, key, on_inspected, (void *)names[number]);
}

/* An imager has decoded an output. */
static void answer_output(guint i, ImageFormat format, guint32 width, guint32 height)
{
    Explanation found = {.format = format,
                         .orientation = 1,
                         .frames = 1,
                         .stored = {width, height},
                         .loaded = {width, height},
                         .plan = {.n_bases = 1, .n_outputs = 1}};

    found.plan.bases[0] = (PlanBase){.key.frames = 1, .size = {width, height}};
    found.plan.outputs[0] = (PlanOutput){
        .format = FORMAT_JPEG, .scaled = {width, height}, .size = {width, height}, .parent = PLAN_BASE};
    children_return(workers, TARGET_DECODE, i, explanation_to_variant(&found), NULL);
    run();
}

/* An imager has planned the outputs of an original of 90 x 60 pixels. refused: so is the first one. */
static void answer_original(gboolean refused)
{
    Explanation explanation = {.format = FORMAT_PNG,
                               .orientation = 1,
                               .frames = 1,
                               .stored = {90, 60},
                               .loaded = {90, 60},
                               .plan = {.n_bases = 1, .n_outputs = 2}};

    explanation.plan.bases[0] = (PlanBase){.key.frames = 1, .size = {90, 60}};
    explanation.plan.outputs[0] =
        (PlanOutput){.format = FORMAT_JPEG, .scaled = {9, 6}, .size = {9, 6}, .parent = PLAN_BASE};
    explanation.plan.outputs[1] =
        (PlanOutput){.format = FORMAT_PNG, .scaled = {8, 5}, .size = {8, 5}, .parent = PLAN_BASE};
    explanation.plan.outputs[0].is_refused = refused;
    children_return(workers, TARGET_EXPLAIN, 0, explanation_to_variant(&explanation), NULL);
    run();
}

static void assert_heard(const char *expected)
{
    run();
    cr_assert_str_eq(heard->str, expected);
    g_string_truncate(heard, 0);
}

Test(inspector, an_original_is_fetched_once_for_its_outputs)
{
    Inspection *first = look(0), *second = look(1);

    cr_assert_eq(children_open(workers, TARGET_EXPLAIN), 1);
    cr_assert_eq(children_open(workers, TARGET_DECODE), 2);
    answer_output(0, FORMAT_JPEG, 9, 6);
    answer_output(0, FORMAT_PNG, 8, 5);
    assert_heard("");
    answer_original(FALSE);
    assert_heard("t:none u:none ");
    cr_assert_eq(report->requests.get, 3);
    inspection_free(first);
    inspection_free(second);
    first = look(0);
    cr_assert_eq(children_open(workers, TARGET_EXPLAIN), 1, "it is not kept longer than its outputs");
    inspection_free(first);
}

Test(inspector, a_task_may_read_and_has_no_output_to_write)
{
    Inspection *inspection = look(0);
    g_autoptr(ObjectTask) task = object_task_from_variant(children_args(workers, TARGET_DECODE, 0), NULL);

    cr_assert_not_null(task);
    cr_assert_not(task->limits.accept_truncated, "damage of an output is damage");
    cr_assert_eq(task->limits.max_memory_bytes, config_memory_bytes(config));
    inspection_free(inspection);
}

Test(inspector, other_sizes_and_formats_differ)
{
    Inspection *size = look(0), *format = look(1);

    answer_original(FALSE);
    answer_output(0, FORMAT_JPEG, 9, 7);
    answer_output(0, FORMAT_JPEG, 8, 5);
    assert_heard("t:size u:undecodable ");
    inspection_free(size);
    inspection_free(format);
}

Test(inspector, errors_of_the_bytes_differ_from_errors_of_the_store)
{
    static const struct {
        ErrorClass class;
        const char *expected;
    } cases[] = {{ERROR_INPUT, "t:undecodable "},
                 {ERROR_CRASH, "t:undecodable "},
                 {ERROR_TRANSIENT, "t:unreachable "},
                 {ERROR_PERMANENT, "t:unreachable "}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Inspection *inspection = look(0);

        answer_original(FALSE);
        children_fail(workers, TARGET_DECODE, 0, cases[i].class, "reason");
        assert_heard(cases[i].expected);
        inspection_free(inspection);
    }
}

Test(inspector, without_a_plan_only_the_format_is_compared)
{
    Inspection *inspection = look(0);

    answer_original(TRUE);
    answer_output(0, FORMAT_JPEG, 1, 1);
    assert_heard("t:none ");
    inspection_free(inspection);
    inspection = look(0);
    children_fail(workers, TARGET_EXPLAIN, 0, ERROR_INPUT, "not an image");
    answer_output(0, FORMAT_WEBP, 9, 6);
    assert_heard("t:undecodable ");
    cr_assert_eq(report->verify.unplanned, 1);
    inspection_free(inspection);
}

Test(inspector, what_is_no_explanation_is_not_believed)
{
    Inspection *inspection = look(0);

    answer_original(FALSE);
    children_return(workers, TARGET_DECODE, 0, g_variant_new_string("all is well"), NULL);
    assert_heard("t:unreachable ");
    inspection_free(inspection);
}

Test(inspector, nobody_is_called_after_the_end)
{
    inspection_free(look(0));
    answer_original(FALSE);
    answer_output(0, FORMAT_JPEG, 9, 6);
    assert_heard("");
}

Test(inspector, processes_are_counted)
{
    Inspection *inspection = look(0);

    children_note(workers, NOTE_IMAGER, g_variant_new(NOTE_IMAGER_TYPE, TRUE, ""));
    children_note(workers, NOTE_IMAGER, g_variant_new(NOTE_IMAGER_TYPE, FALSE, "killed"));
    children_note(workers, NOTE_IMAGER, g_variant_new_string("nothing"));
    cr_assert_eq(report->processes.imagers_started, 1);
    cr_assert_eq(report->processes.crashes, 1);
    children_die(workers, "killed");
    assert_heard("t:undecodable ");
    cr_assert_eq(report->processes.crashes, 2);
    inspection_free(inspection);
}
