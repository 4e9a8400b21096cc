#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/upkeep/collector.h"
#include "ledger/orphans.h"
#include "tests/store/memory_store.h"

#define MARK "x-amz-meta-thumbmill-version: 1"

static GMainContext *context;
static Store *source, *destination;
static Config *config;
static Ledger *ledger;
static RunReport *report;
static char *folder, *path;
static GString *deleted; /* keys that were told */
static gboolean is_done;

static Config *parse(const char *grace)
{
    g_autofree char *text = g_strdup_printf("source: {url: \"s3://originals/\", exclude: [\"x/*\"]}\n"
                                            "destination: {url: \"s3://derived/\", orphan_grace: %s}\n"
                                            "outputs:\n- {name: t, width: 9, format: jpeg}\n",
                                            grace);

    return config_parse(text, strlen(text), "c.yaml", NULL);
}

static void setup(void)
{
    g_autofree char *aside = NULL;

    log_set_level(LOG_ERROR);
    context = g_main_context_new();
    source = memory_store_new("memory:source/", context);
    destination = memory_store_new("memory:destination/", context);
    config = parse("0s");
    folder = g_dir_make_tmp("thumbmill-collector-XXXXXX", NULL);
    path = g_build_filename(folder, "a.sqlite", NULL);
    ledger = ledger_open(path, LEDGER_CHECK_NOW, &aside, NULL);
    report = report_new("r");
    deleted = g_string_new(NULL);
    cr_assert_not_null(config);
    memory_store_put(source, "kept.jpg", 100);
}

static void teardown(void)
{
    g_string_free(deleted, TRUE);
    report_free(report);
    ledger_close(ledger);
    cr_assert_eq(g_unlink(path), 0);
    cr_assert_eq(g_rmdir(folder), 0);
    g_free(path);
    g_free(folder);
    config_free(config);
    store_close(source);
    store_close(destination);
    g_main_context_unref(context);
}

TestSuite(collector, .init = setup, .fini = teardown, .timeout = 30);

static void on_deleted(const char *output_key, void *data)
{
    (void)data;
    g_string_append_printf(deleted, "%s ", output_key);
}

static void on_done(void *data)
{
    (void)data;
    is_done = TRUE;
}

static Collector *collector_in(gboolean is_dry_run, Scope scope)
{
    is_done = FALSE;
    return collector_new(&(CollectorOptions){.config = config,
                                             .source = source,
                                             .destination = destination,
                                             .ledger = ledger,
                                             .report = report,
                                             .is_dry_run = is_dry_run,
                                             .limit = {100, TRUE},
                                             .scope = scope,
                                             .on_deleted = on_deleted,
                                             .on_done = on_done},
                         context, NULL);
}

static Collector *collector_of(gboolean is_dry_run)
{
    return collector_in(is_dry_run, (Scope){0});
}

static void add_output(const char *key)
{
    memory_store_put(destination, key, 200);
    memory_store_mark(destination, key, MARK);
}

static void run(Collector *collector, gboolean is_complete)
{
    collector_begin(collector, (OrphanScene){.is_complete = is_complete, .originals = 1, .outputs = 100});
    while (!is_done)
        g_main_context_iteration(context, TRUE);
}

/* Notes the keys, which are separated by spaces, and deletes what may be deleted. */
static void collect(const char *keys)
{
    g_auto(GStrv) list = g_strsplit(keys, " ", -1);
    Collector *collector = collector_of(FALSE);

    for (guint i = 0; list[i] != NULL; i++)
        collector_note(collector, list[i]);
    run(collector, TRUE);
    collector_free(collector);
}

Test(collector, an_orphan_of_ours_is_deleted)
{
    add_output("t/a.jpg");
    add_output("t/d/b.jpg");
    collect("t/a.jpg t/d/b.jpg");
    cr_assert_str_eq(deleted->str, "t/a.jpg t/d/b.jpg ");
    cr_assert(report->orphans.found == 2 && report->orphans.deleted == 2);
    cr_assert_not(memory_store_has(destination, "t/a.jpg"));
}

/* An object outside of the prefix a.j may have the output t/a.jpg, too. */
Test(collector, an_orphan_that_may_be_of_an_original_outside_the_prefix_stays)
{
    Collector *collector = collector_in(FALSE, (Scope){.prefix = (char *)"d/b"});

    add_output("t/d/a.jpg");
    add_output("t/d/b.jpg");
    add_output("t/d/bc/d.jpg");
    collector_note(collector, "t/d/a.jpg");
    collector_note(collector, "t/d/b.jpg");
    collector_note(collector, "t/d/bc/d.jpg");
    run(collector, TRUE);
    collector_free(collector);
    cr_assert_str_eq(deleted->str, "t/d/b.jpg t/d/bc/d.jpg ");
    cr_assert_eq(report->orphans.found, 2);

    g_string_truncate(deleted, 0);
    collector = collector_in(FALSE, (Scope){.prefix = (char *)"d/a.j"});
    collector_note(collector, "t/d/a.jpg");
    run(collector, TRUE);
    collector_free(collector);
    cr_assert_str_eq(deleted->str, "");
}

Test(collector, each_orphan_is_one_shards)
{
    for (guint i = 0; i < 50; i++) {
        g_autofree char *key = g_strdup_printf("t/%u.x.jpg", i);

        add_output(key);
    }
    for (guint shard = 0; shard < 3; shard++) {
        Collector *collector = collector_in(FALSE, (Scope){.shard = shard, .shards = 3});
        const guint64 before = report->orphans.deleted;

        for (guint i = 0; i < 50; i++) {
            g_autofree char *key = g_strdup_printf("t/%u.x.jpg", i);

            collector_note(collector, key);
        }
        run(collector, TRUE);
        collector_free(collector);
        cr_assert_gt(report->orphans.deleted, before);
    }
    cr_assert_eq(report->orphans.found, 50);
    cr_assert_eq(report->orphans.deleted, 50);
}

/* What another run noted of the rest keeps its time. */
Test(collector, a_scope_forgets_no_orphan_outside)
{
    Collector *collector = collector_of(TRUE);
    g_autoptr(Orphans) orphans = NULL;
    g_autoptr(GPtrArray) page = NULL;

    collector_note(collector, "t/d/a.jpg");
    collector_free(collector);
    collector = collector_in(TRUE, (Scope){.prefix = (char *)"e/"});
    collector_note(collector, "t/e/a.jpg");
    run(collector, TRUE);
    collector_free(collector);
    orphans = orphans_begin(ledger, NULL);
    cr_assert(orphans_note(orphans, "t/d/a.jpg", G_MAXINT64, ORPHANS_MAX, NULL));
    cr_assert(orphans_settle(orphans, NULL));
    page = orphans_page(orphans, "", 9, NULL);
    cr_assert_eq(page->len, 1);
    cr_assert_lt(((const Orphan *)page->pdata[0])->first_s, G_MAXINT64);
}

Test(collector, more_orphans_than_are_looked_at_at_once)
{
    Collector *collector = collector_of(FALSE);

    for (guint i = 0; i < 700; i++) {
        g_autofree char *key = g_strdup_printf("t/%03u.jpg", i);

        add_output(key);
        collector_note(collector, key);
    }
    collector_begin(collector, (OrphanScene){.is_complete = TRUE, .originals = 1, .outputs = 0});
    while (!is_done)
        g_main_context_iteration(context, TRUE);
    cr_assert_eq(report->orphans.deleted, 700);
    collector_free(collector);
}

Test(collector, a_dry_run_asks_and_deletes_nothing)
{
    Collector *collector = collector_of(TRUE);

    add_output("t/a.jpg");
    memory_store_put(destination, "t/b.jpg", 200);
    collector_note(collector, "t/a.jpg");
    collector_note(collector, "t/b.jpg");
    run(collector, TRUE);
    cr_assert_str_eq(deleted->str, "t/a.jpg ");
    cr_assert(report->orphans.deleted == 1 && report->orphans.foreign == 1);
    cr_assert(memory_store_has(destination, "t/a.jpg"));
    collector_free(collector);
}

/* Condition 1 */
Test(collector, a_key_of_no_output_is_not_noted)
{
    add_output("t/a.webp");
    add_output("other/a.jpg");
    collect("t/a.webp other/a.jpg .thumbmill/recipes.json");
    cr_assert_eq(report->orphans.found, 0);
    cr_assert(memory_store_has(destination, "t/a.webp"));
}

/* Condition 2 */
Test(collector, nothing_is_deleted_if_not_everything_was_listed)
{
    Collector *collector = collector_of(FALSE);

    add_output("t/a.jpg");
    collector_note(collector, "t/a.jpg");
    run(collector, FALSE);
    cr_assert(report->orphans.found == 1 && report->orphans.refused == 1);
    cr_assert(memory_store_has(destination, "t/a.jpg"));
    cr_assert_eq(memory_store_heads(destination), 0);
    collector_free(collector);
}

/* Condition 3 */
Test(collector, an_orphan_rests_first)
{
    config_free(config);
    config = parse("1h");
    add_output("t/a.jpg");
    collect("t/a.jpg");
    cr_assert(report->orphans.resting == 1 && report->orphans.deleted == 0);
    cr_assert(memory_store_has(destination, "t/a.jpg"));
}

/* Condition 4 */
Test(collector, an_original_that_has_come_back_keeps_its_output)
{
    add_output("t/a.jpg");
    add_output("t/b.jpg");
    add_output("t/x/c.jpg");
    memory_store_put(source, "a.png", 300);
    memory_store_put(source, "b.jpeg", 300);
    memory_store_put(source, "ba.png", 300);
    memory_store_put(source, "x/c.png", 300); /* not selected */
    collect("t/a.jpg t/b.jpg t/x/c.jpg");
    cr_assert_str_eq(deleted->str, "t/x/c.jpg ");
    cr_assert_eq(report->orphans.kept, 2);
}

Test(collector, where_too_many_originals_begin_alike_it_is_kept)
{
    add_output("t/a.jpg");
    for (guint i = 0; i < 40; i++) {
        g_autofree char *key = g_strdup_printf("a-%02u.png", i);

        memory_store_put(source, key, 300);
    }
    collect("t/a.jpg");
    cr_assert(report->orphans.kept == 1 && report->orphans.deleted == 0);
}

/* Condition 5 */
Test(collector, what_is_not_ours_stays)
{
    memory_store_put(destination, "t/a.jpg", 200);
    memory_store_put(destination, "t/b.jpg", 200);
    memory_store_mark(destination, "t/b.jpg", "x-amz-meta-author: me\nx-amz-meta-thumbmill: no");
    add_output("t/c.jpg");
    memory_store_mark(destination, "t/c.jpg", "x-amz-meta-author: me\n" MARK);
    collect("t/a.jpg t/b.jpg t/c.jpg");
    cr_assert_str_eq(deleted->str, "t/c.jpg ");
    cr_assert_eq(report->orphans.foreign, 2);
}

/* A store that is replaced between two requests */
static gboolean replace(void *data)
{
    const guint *heads = data;

    if (memory_store_heads(destination) == *heads)
        return G_SOURCE_CONTINUE;
    memory_store_put(destination, "t/a.jpg", 999);
    return G_SOURCE_REMOVE;
}

/* Condition 6 */
Test(collector, an_output_that_was_replaced_stays)
{
    static guint heads;
    GSource *idle = g_idle_source_new();

    add_output("t/a.jpg");
    heads = memory_store_heads(destination);
    g_source_set_priority(idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(idle, replace, &heads, NULL);
    g_source_attach(idle, context);
    collect("t/a.jpg");
    g_source_unref(idle);
    cr_assert(report->orphans.kept == 1 && report->orphans.deleted == 0);
    cr_assert(memory_store_has(destination, "t/a.jpg"));
}

Test(collector, a_store_that_fails_is_counted_and_deletes_nothing)
{
    add_output("t/a.jpg");
    memory_store_fail(source, ERROR_UNAVAILABLE);
    collect("t/a.jpg");
    cr_assert_eq(report->orphans.failed, 1);
    memory_store_fail(source, ERROR_CLASS_NONE);
    memory_store_fail(destination, ERROR_PERMANENT);
    collect("t/a.jpg");
    cr_assert_eq(report->orphans.failed, 2);
    memory_store_fail(destination, ERROR_CLASS_NONE);
    cr_assert(memory_store_has(destination, "t/a.jpg"));
    collect("t/a.jpg");
    cr_assert_eq(report->orphans.deleted, 1);
}

Test(collector, it_can_be_stopped_and_given_up)
{
    Collector *collector = collector_of(FALSE);

    for (guint i = 0; i < 100; i++) {
        g_autofree char *key = g_strdup_printf("t/%03u.jpg", i);

        add_output(key);
        collector_note(collector, key);
    }
    collector_begin(collector, (OrphanScene){.is_complete = TRUE, .originals = 1, .outputs = 0});
    while (report->orphans.deleted == 0)
        g_main_context_iteration(context, TRUE);
    collector_stop(collector);
    while (!is_done)
        g_main_context_iteration(context, TRUE);
    cr_assert_lt(report->orphans.deleted, 60);
    collector_free(collector);
    collector = collector_of(FALSE);
    collector_note(collector, "t/099.jpg");
    collector_begin(collector, (OrphanScene){.is_complete = TRUE, .originals = 1, .outputs = 9});
    g_main_context_iteration(context, FALSE);
    collector_free(collector);
    cr_assert(memory_store_has(destination, "t/099.jpg"));
}
