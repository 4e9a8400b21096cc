#include <criterion/criterion.h>
#include <glib/gstdio.h>

#include "ledger/history.h"

static char *folder;
static Ledger *ledger;

static char *path_of(void)
{
    return g_build_filename(folder, "a.sqlite", NULL);
}

static void setup(void)
{
    g_autofree char *path = NULL;
    g_autofree char *aside = NULL;

    folder = g_dir_make_tmp("thumbmill-history-XXXXXX", NULL);
    path = path_of();
    ledger = ledger_open(path, LEDGER_CHECK_NOW, &aside, NULL);
    cr_assert_not_null(ledger);
}

static void teardown(void)
{
    g_autofree char *path = path_of();

    ledger_close(ledger);
    cr_assert_eq(g_unlink(path), 0);
    cr_assert_eq(g_rmdir(folder), 0);
    g_free(folder);
}

TestSuite(history, .init = setup, .fini = teardown);

static void append(const HistoryRun *run, void *data)
{
    g_string_append_printf(data, "%d %d %.1f %s %s %s %d-%d-%d-%d-%d-%d %d %d-%d\n", (int)run->started_s,
                           run->exit, run->seconds, run->config, run->version,
                           run->error != NULL ? run->error : "-", (int)run->listed, (int)run->done,
                           (int)run->skipped, (int)run->failed, (int)run->remembered, (int)run->postponed,
                           (int)run->made, (int)run->bytes_in, (int)run->bytes_out);
}

static char *runs(guint max)
{
    GString *text = g_string_new(NULL);

    cr_assert(history_each(ledger, max, append, text, NULL));
    return g_string_free(text, FALSE);
}

Test(history, keeps_what_a_run_did_and_that_it_was_killed)
{
    g_autofree char *none = runs(9);
    g_autofree char *all = NULL, *last = NULL;
    HistoryRun run = {.seconds = 1.5,
                      .exit = 1,
                      .error = "no store",
                      .listed = 1,
                      .done = 2,
                      .skipped = 3,
                      .failed = 4,
                      .remembered = 5,
                      .postponed = 6,
                      .made = 7,
                      .bytes_in = 8,
                      .bytes_out = 9};
    gint64 killed = 0;

    cr_assert_str_eq(none, "");
    cr_assert(history_begin(ledger, "/a.yaml", 100, &run.id, NULL));
    cr_assert(history_begin(ledger, "/b.yaml", 200, &killed, NULL));
    cr_assert_neq(killed, run.id);
    cr_assert(history_end(ledger, &run, NULL));
    all = runs(9);
    last = runs(1);
    cr_assert_str_eq(all, "200 -1 0.0 /b.yaml " THUMBMILL_VERSION " - 0-0-0-0-0-0 0 0-0\n"
                          "100 1 1.5 /a.yaml " THUMBMILL_VERSION " no store 1-2-3-4-5-6 7 8-9\n");
    cr_assert_str_eq(last, "200 -1 0.0 /b.yaml " THUMBMILL_VERSION " - 0-0-0-0-0-0 0 0-0\n");
}

static void count(const HistoryRun *run, void *data)
{
    (void)run;
    (*(guint *)data)++;
}

Test(history, the_oldest_go, .timeout = 60)
{
    guint n = 0;
    gint64 id = 0;

    for (guint i = 0; i < HISTORY_MAX_RUNS + 5; i++)
        cr_assert(history_begin(ledger, "c", i, &id, NULL));
    cr_assert(history_each(ledger, G_MAXINT, count, &n, NULL));
    cr_assert_eq(n, HISTORY_MAX_RUNS);
    cr_assert_eq(id, HISTORY_MAX_RUNS + 5);
}

Test(history, runs_without_an_end_are_buried_once_another_run_is_alone)
{
    g_autofree char *all = NULL;
    HistoryRun run = {.exit = 0};
    gint64 killed = 0, at_work = 0;

    cr_assert(history_begin(ledger, "/a.yaml", 100, &run.id, NULL));
    cr_assert(history_end(ledger, &run, NULL));
    cr_assert(history_begin(ledger, "/b.yaml", 200, &killed, NULL));
    cr_assert(history_bury(ledger, NULL));
    cr_assert(history_begin(ledger, "/c.yaml", 300, &at_work, NULL));
    all = runs(9);
    cr_assert_str_eq(all, "300 -1 0.0 /c.yaml " THUMBMILL_VERSION " - 0-0-0-0-0-0 0 0-0\n"
                          "200 -2 0.0 /b.yaml " THUMBMILL_VERSION " - 0-0-0-0-0-0 0 0-0\n"
                          "100 0 0.0 /a.yaml " THUMBMILL_VERSION " - 0-0-0-0-0-0 0 0-0\n");
}

Test(history, the_last_run_that_saw_the_whole_source_tells_how_large_it_is)
{
    static const struct {
        int exit;
        const char *error;
        guint64 listed;
        const char *scope;
    } ends[] = {{0, NULL, 100, NULL}, {1, NULL, 200, NULL},     {3, NULL, 50, NULL},
                {4, NULL, 0, NULL},   {1, "no store", 7, NULL}, {0, NULL, 9, "below 'a/'"}};
    guint64 listed = 5;
    gint64 id;

    cr_assert_not(history_last_listed(ledger, &listed));
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        HistoryRun run = {
            .exit = ends[i].exit, .error = ends[i].error, .listed = ends[i].listed, .scope = ends[i].scope};

        cr_assert(history_begin(ledger, "/a.yaml", 100, &run.id, NULL));
        cr_assert(history_end(ledger, &run, NULL));
    }
    cr_assert(history_begin(ledger, "/a.yaml", 100, &id, NULL));
    cr_assert(history_last_listed(ledger, &listed));
    cr_assert_eq(listed, 200);
}
