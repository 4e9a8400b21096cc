/* Failures that a run remembers, in a real ledger, with a clock that the test moves. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "batch/diff.h"
#include "config/config.h"
#include "daemon/state/failure_memory.h"
#include "tests/base/moved_clock.h"

#define HOUR_US (3600 * CLOCK_US_PER_S)

static const char *engine = "engine 1"; /* versions that make outputs */
static GMainContext *context;
static char *folder, *ledger;
static Config *config;
static FailureMemory *memory;
static GString *logged;

char *__wrap_imager_version_ask(void);

char *__wrap_imager_version_ask(void)
{
    return g_strdup(engine);
}

static void on_log(LogLevel level, const char *message, GVariant *fields, void *data)
{
    (void)level;
    (void)fields;
    (void)data;
    g_string_append_printf(logged, "%s;", message);
}

/* side: of output a, whose recipe it is part of. */
static void configure(guint side)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: 's3://originals/'}\ndestination: {url: 's3://made/'}\n"
                        "outputs: [{name: a, width: %u, height: 10}, "
                        "{name: b, width: 20, height: 20}]\nretries: {runs: 2}\n",
                        side);

    config_free(config);
    config = config_parse(text, strlen(text), "c", NULL);
    cr_assert_not_null(config);
}

static void begin_run(void)
{
    memory = failure_memory_new(config, ledger, FALSE, context);
}

/* Ends the run, and begins the next. */
static void next_run(void)
{
    failure_memory_free(memory);
    begin_run();
}

static void setup(void)
{
    logged = g_string_new(NULL);
    log_set_sink(on_log, NULL);
    context = g_main_context_new();
    folder = g_dir_make_tmp("test-failure-memory-XXXXXX", NULL);
    ledger = g_build_filename(folder, "ledger", NULL);
    configure(10);
    begin_run();
}

static void teardown(void)
{
    g_autofree char *command = g_strconcat("rm -rf ", folder, NULL);

    failure_memory_free(memory);
    config_free(config);
    g_main_context_unref(context);
    log_set_sink(NULL, NULL);
    g_string_free(logged, TRUE);
    cr_assert_eq(system(command), 0);
    g_free(folder);
    g_free(ledger);
}

TestSuite(failure_memory, .init = setup, .fini = teardown);

static void fail(guint output, gboolean is_rendered, ErrorClass class)
{
    g_autoptr(GError) error = g_error_new_literal(error_quark(), (gint) class, "it fails");

    failure_memory_failed(memory, "x.jpg", "v1", output, is_rendered, error);
}

/* The outputs of x.jpg that are left to make, as "ab", "a", "b" or "". */
static char *recall(const char *version, Recollection *ret_recollection)
{
    g_autoptr(GArray) wanted = g_array_new(FALSE, TRUE, sizeof(DiffOutput));
    GString *left = g_string_new(NULL);

    g_array_set_size(wanted, 2);
    g_array_index(wanted, DiffOutput, 1).output = 1;
    *ret_recollection = failure_memory_recall(memory, "x.jpg", version, wanted);
    for (guint i = 0; i < wanted->len; i++)
        g_string_append_c(left, g_array_index(wanted, DiffOutput, i).output == 0 ? 'a' : 'b');
    return g_string_free(left, FALSE);
}

static void assert_left(const char *version, const char *expected, guint final, guint postponed)
{
    Recollection recollection;
    g_autofree char *left = recall(version, &recollection);

    cr_assert_str_eq(left, expected);
    cr_assert_eq(recollection.final, final);
    cr_assert_eq(recollection.postponed, postponed);
}

Test(failure_memory, a_bad_object_is_not_tried_again_until_it_changes)
{
    fail(0, FALSE, ERROR_INPUT);
    next_run();
    assert_left("v1", "b", 1, 0);
    assert_left("v2", "ab", 0, 0);
}

Test(failure_memory, nor_until_its_recipe_or_the_engine_changes)
{
    fail(0, FALSE, ERROR_LIMIT);
    fail(1, FALSE, ERROR_LIMIT);
    next_run();
    assert_left("v1", "", 2, 0);
    failure_memory_free(memory);
    configure(11);
    begin_run();
    assert_left("v1", "a", 1, 0);
    failure_memory_free(memory);
    configure(10);
    engine = "engine 2";
    begin_run();
    assert_left("v1", "ab", 0, 0);
}

Test(failure_memory, what_may_pass_is_tried_in_some_runs_and_rests_then)
{
    for (guint run = 0; run < 2; run++) {
        assert_left("v1", "ab", 0, 0);
        fail(0, FALSE, ERROR_TRANSIENT);
        next_run();
    }
    assert_left("v1", "b", 0, 1);
    moved_clock_jump(context, HOUR_US + CLOCK_US_PER_S);
    next_run();
    assert_left("v1", "ab", 0, 0);
}

Test(failure_memory, what_was_rendered_and_not_stored_is_tried_again)
{
    fail(0, TRUE, ERROR_LIMIT);
    next_run();
    assert_left("v1", "ab", 0, 0);
}

Test(failure_memory, a_missing_encoder_is_never_held_against_an_object)
{
    fail(0, FALSE, ERROR_CONFIG);
    next_run();
    assert_left("v1", "ab", 0, 0);
}

Test(failure_memory, an_output_that_is_made_is_forgotten)
{
    fail(0, FALSE, ERROR_INPUT);
    next_run();
    failure_memory_made(memory, "x.jpg", 0);
    next_run();
    assert_left("v1", "ab", 0, 0);
}

Test(failure_memory, failures_are_written_within_a_second)
{
    FailureMemory *other;

    fail(0, FALSE, ERROR_INPUT);
    moved_clock_advance(context, 2 * CLOCK_US_PER_S);
    other = failure_memory_new(config, ledger, TRUE, context);
    {
        FailureMemory *own = memory;

        memory = other;
        assert_left("v1", "b", 1, 0);
        memory = own;
    }
    failure_memory_free(other);
}

Test(failure_memory, held_failures_are_written_when_they_are_released)
{
    failure_memory_hold(memory);
    failure_memory_hold(memory);
    fail(0, FALSE, ERROR_INPUT);
    failure_memory_release(memory);
    next_run();
    assert_left("v1", "b", 1, 0);
}

Test(failure_memory, held_failures_are_dropped_when_all_objects_fail_alike)
{
    failure_memory_hold(memory);
    fail(0, FALSE, ERROR_INPUT);
    failure_memory_drop(memory);
    fail(1, FALSE, ERROR_INPUT);
    next_run();
    assert_left("v1", "ab", 0, 0);
}

Test(failure_memory, a_dry_run_writes_nothing)
{
    FailureMemory *dry;

    fail(0, FALSE, ERROR_INPUT);
    failure_memory_free(memory);
    dry = failure_memory_new(config, ledger, TRUE, context);
    memory = dry;
    fail(1, FALSE, ERROR_INPUT);
    failure_memory_made(memory, "x.jpg", 0);
    next_run();
    assert_left("v1", "b", 1, 0);
}

Test(failure_memory, without_a_ledger_everything_is_tried)
{
    failure_memory_free(memory);
    memory = failure_memory_new(config, NULL, FALSE, context);
    fail(0, FALSE, ERROR_INPUT);
    assert_left("v1", "ab", 0, 0);
    cr_assert_eq(failure_memory_last_listed(memory), 0);
}

Test(failure_memory, a_ledger_that_cannot_be_opened_is_said_once)
{
    failure_memory_free(memory);
    memory = failure_memory_new(config, "/nowhere/ledger", FALSE, context);
    fail(0, FALSE, ERROR_INPUT);
    assert_left("v1", "ab", 0, 0);
    cr_assert_eq(strstr(logged->str, "ledger"), g_strrstr(logged->str, "ledger"), "%s", logged->str);
    cr_assert_not_null(strstr(logged->str, "ledger"), "%s", logged->str);
}

Test(failure_memory, a_damaged_ledger_is_set_aside_and_begun_anew)
{
    g_autofree char *aside = g_strconcat(ledger, ".damaged", NULL);

    fail(0, FALSE, ERROR_INPUT);
    failure_memory_free(memory);
    cr_assert(g_file_set_contents(ledger, "this is no ledger, and long enough to be read as a page of one",
                                  -1, NULL));
    begin_run();
    assert_left("v1", "ab", 0, 0);
    cr_assert(g_file_test(aside, G_FILE_TEST_EXISTS));
    fail(0, FALSE, ERROR_INPUT);
    next_run();
    assert_left("v1", "b", 1, 0);
}

Test(failure_memory, an_object_that_is_refused_is_said_once)
{
    g_autoptr(GError) error = g_error_new_literal(error_quark(), ERROR_INPUT, "its key is taken");
    g_autoptr(GError) other = g_error_new_literal(error_quark(), ERROR_INPUT, "it is empty");
    Recollection recollection;
    g_autofree char *left = NULL;

    cr_assert_not(failure_memory_refuse(memory, "x.jpg", "v1", error));
    next_run();
    cr_assert(failure_memory_refuse(memory, "x.jpg", "v1", error), "it is known");
    cr_assert_not(failure_memory_refuse(memory, "x.jpg", "v1", other), "for another reason");
    next_run();
    left = recall("v1", &recollection);
    cr_assert(recollection.is_known);
    next_run();
    cr_assert_not(failure_memory_refuse(memory, "x.jpg", "v1", other), "it was taken back");
}

static gboolean has_lost(const char *key)
{
    return g_hash_table_contains(failure_memory_losers(memory), key);
}

/* The picture stored under the key is the other one's until it is made. */
Test(failure_memory, an_object_whose_key_another_one_had_is_known_until_an_output_of_it_is_made)
{
    g_autoptr(GError) error =
        g_error_new_literal(error_quark(), ERROR_INPUT, "another one has the same output key 'a.jpg'");
    g_autoptr(GError) other = g_error_new_literal(error_quark(), ERROR_INPUT, "it is empty");
    g_autofree char *left = NULL;
    Recollection recollection;

    cr_assert_not(failure_memory_refuse(memory, "x.jpg", "v1", error));
    cr_assert_not(failure_memory_refuse(memory, "y.jpg", "v1", other));
    cr_assert_not(has_lost("x.jpg"), "not in the same run");
    next_run();
    cr_assert(has_lost("x.jpg"));
    cr_assert_not(has_lost("y.jpg"));
    left = recall("v1", &recollection);
    cr_assert(recollection.is_known);
    next_run();
    cr_assert(has_lost("x.jpg"), "the run may have been killed before it was made");
    failure_memory_made(memory, "x.jpg", 0);
    next_run();
    cr_assert_not(has_lost("x.jpg"));
}

Test(failure_memory, an_object_that_still_exists_is_noted_once_a_day)
{
    fail(0, FALSE, ERROR_INPUT);
    next_run();
    moved_clock_jump(context, 25 * HOUR_US);
    next_run();
    assert_left("v1", "b", 1, 0);
    next_run();
    assert_left("v1", "b", 1, 0);
}

Test(failure_memory, a_long_reason_is_cut)
{
    g_autofree char *words = g_strnfill(5000, 'x');
    g_autoptr(GError) error = g_error_new_literal(error_quark(), ERROR_INPUT, words);

    failure_memory_failed(memory, "x.jpg", "v1", 0, FALSE, error);
    next_run();
    assert_left("v1", "b", 1, 0);
}
