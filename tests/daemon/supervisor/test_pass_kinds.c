/* Passes that are more, or less, than making what is missing: of listed keys, collections, verifications. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "batch/scope.h"
#include "daemon/protocol/exit_code.h"
#include "ledger/ledger.h"
#include "tests/daemon/supervisor/bench.h"

/* NOLINTBEGIN(readability-function-size): Criterion's assertions are nested blocks */

/* Listed keys */

static Answer *run_keys(const char *keys)
{
    const Scope scope = {.list = (char *)"the test's list"};

    return bench_run_order("", &(RunOrder){.has_keys = TRUE, .scope = scope_to_variant(&scope)}, keys);
}

TEST(a_pass_over_listed_keys_is_about_no_others)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(5);
    memory_store_put(bench.destination, "a/003.webp", NEW_S);
    answer = run_keys("001.jpg\n003.jpg\n007.jpg\n");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->objects.listed, 2);
    cr_assert_eq(report->objects.done, 1);
    cr_assert_eq(report->skip_reasons.up_to_date, 1);
    cr_assert_eq(report->left_out.absent, 1);
}

TEST(a_list_without_keys_is_said)
{
    g_autoptr(Answer) answer = run_keys("");
    g_autoptr(RunReport) report = NULL;

    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_gt(bench.logged->len, 0);
}

/* Collections */

#define DELETES_AT_ONCE "destination: {url: 's3://made/', orphan_grace: 0s, max_delete: 100%}\n"

static Answer *collect(const char *more, gboolean dry_run, const char *max_delete)
{
    return bench_run_order(
        more, &(RunOrder){.is_collection = TRUE, .dry_run = dry_run, .max_delete = max_delete}, NULL);
}

/* An original with its output, and an output of ours whose original is gone. */
static void add_orphan(void)
{
    bench_add_many(1);
    memory_store_put(bench.destination, "a/000.webp", NEW_S);
    memory_store_put(bench.destination, "a/gone.webp", NEW_S);
    memory_store_mark(bench.destination, "a/gone.webp", "x-amz-meta-thumbmill-version: 1");
}

static char *state_lines(const char *folder)
{
    return g_strconcat(DELETES_AT_ONCE "state_directory: '", folder, "'\n", NULL);
}

static void remove_state(const char *folder)
{
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
}

TEST(a_collection_deletes_orphans_and_makes_nothing)
{
    g_autofree char *folder = g_dir_make_tmp("thumbmill-passes-XXXXXX", NULL);
    g_autofree char *more = state_lines(folder);
    g_autoptr(Answer) plan = NULL;
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_orphan();
    memory_store_put(bench.source, "new.jpg", OLD_S);
    plan = collect(more, TRUE, NULL);
    bench_answer_all(plan, -1);
    cr_assert_str_eq(bench.planned->str, " -> a/gone.webp;");
    cr_assert(memory_store_has(bench.destination, "a/gone.webp"), "a dry run deletes nothing");
    answer = collect(more, FALSE, NULL);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_eq(report->orphans.deleted, 1);
    cr_assert_eq(report->outputs.made, 0);
    cr_assert_not(memory_store_has(bench.destination, "a/gone.webp"));
    cr_assert(memory_store_has(bench.destination, "a/000.webp"));
    remove_state(folder);
}

TEST(a_collection_obeys_its_own_limit)
{
    g_autofree char *folder = g_dir_make_tmp("thumbmill-passes-XXXXXX", NULL);
    g_autofree char *more = state_lines(folder);
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_orphan();
    answer = collect(more, FALSE, "0");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->orphans.deleted, 0);
    cr_assert(memory_store_has(bench.destination, "a/gone.webp"));
    remove_state(folder);
}

TEST(without_a_state_directory_nothing_is_deleted)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    add_orphan();
    answer = collect(DELETES_AT_ONCE, FALSE, NULL);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->orphans.failed, 1);
    cr_assert_eq(report->exit, EXIT_CODE_FAILED);
    bench_assert_logged("orphans are not deleted");
    cr_assert(memory_store_has(bench.destination, "a/gone.webp"));
}

/* Verifications */

static Answer *verify(gboolean dry_run, gboolean decodes)
{
    return bench_run_order(
        "", &(RunOrder){.dry_run = dry_run, .verification = {.is_wanted = TRUE, .decodes = decodes}}, NULL);
}

TEST(a_verification_tells_what_differs_and_makes_nothing)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(2);
    memory_store_put(bench.destination, "a/000.webp", NEW_S);
    memory_store_mark(bench.destination, "a/000.webp", "x-amz-meta-thumbmill-recipe: 0123456789abcdef");
    answer = verify(TRUE, FALSE);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_str_eq(bench.findings->str, "a/001.webp missing;a/000.webp other-recipe;");
    cr_assert_eq(report->exit, EXIT_CODE_FAILED);
    cr_assert_null(bench_workers());
}

TEST(a_verification_with_remake_makes_what_differs)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(1);
    memory_store_put(bench.destination, "a/000.webp", NEW_S);
    memory_store_mark(bench.destination, "a/000.webp", "x-amz-meta-thumbmill-recipe: 0123456789abcdef");
    answer = verify(FALSE, FALSE);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->outputs.made, 1);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
}

TEST(to_decode_a_verification_has_workers)
{
    g_autoptr(Answer) answer = NULL;

    bench_add_many(1);
    answer = verify(TRUE, TRUE);
    cr_assert_not_null(bench_workers());
    bench_answer_all(answer, -1);
    cr_assert_not_null(answer->value);
}
/* NOLINTEND(readability-function-size) */
