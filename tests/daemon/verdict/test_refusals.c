#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/verdict/appeal.h"
#include "daemon/verdict/refusals.h"
#include "store/open.h"

#define NOBODY 65534

/* Two directory stores, in a process that is not root. */
typedef struct {
    char *folder;
    char *source_path;
    char *destination_path;
    Store *source;
    Store *destination;
    Refusals *refusals;
    guint answers;
} Bench;

static void on_answer(void *data)
{
    ((Bench *)data)->answers++;
}

static Store *open_store(const char *path)
{
    g_autofree char *url = g_strconcat("file://", path, "/", NULL);
    Store *store = store_open(&(StoreOptions){.url = url, .context = g_main_context_default()}, NULL);

    cr_assert_not_null(store);
    return store;
}

static void bench_init(Bench *bench)
{
    *bench = (Bench){.folder = g_dir_make_tmp("test-refusals-XXXXXX", NULL)};
    bench->source_path = g_build_filename(bench->folder, "source", NULL);
    bench->destination_path = g_build_filename(bench->folder, "made", NULL);
    cr_assert_eq(g_mkdir(bench->source_path, 0755), 0);
    cr_assert_eq(g_mkdir(bench->destination_path, 0755), 0);
    if (geteuid() == 0) {
        cr_assert_eq(chown(bench->folder, NOBODY, NOBODY), 0);
        cr_assert_eq(chown(bench->source_path, NOBODY, NOBODY), 0);
        cr_assert_eq(chown(bench->destination_path, NOBODY, NOBODY), 0);
        cr_assert_eq(setegid(NOBODY), 0);
        cr_assert_eq(seteuid(NOBODY), 0);
    }
    bench->source = open_store(bench->source_path);
    bench->destination = open_store(bench->destination_path);
    bench->refusals = refusals_new(&(RefusalsOptions){.source = bench->source,
                                                      .destination = bench->destination,
                                                      .on_answer = on_answer,
                                                      .data = bench},
                                   g_main_context_default());
}

static void bench_clear(Bench *bench)
{
    g_autofree char *command =
        g_strconcat("chmod -R u+rwx ", bench->folder, "; rm -rf ", bench->folder, NULL);

    refusals_free(bench->refusals);
    store_close(bench->source);
    store_close(bench->destination);
    cr_assert_eq(system(command), 0);
    g_free(bench->folder);
    g_free(bench->source_path);
    g_free(bench->destination_path);
}

static void refuse(const Bench *bench, gboolean is_write, guint times, ErrorClass class)
{
    g_autoptr(GError) error = g_error_new_literal(error_quark(), (gint) class, "no");

    for (guint i = 0; i < times; i++)
        refusals_add(bench->refusals, is_write, "users/mallory/1.jpg", error);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

Test(refusals, a_root_that_can_be_read_and_written_refuses_only_some)
{
    Bench bench;

    bench_init(&bench);
    for (int round = 0; round < 3; round++) {
        refuse(&bench, FALSE, REFUSALS_MANY, ERROR_PERMANENT);
        refuse(&bench, TRUE, REFUSALS_MANY, ERROR_PERMANENT);
    }
    cr_assert_null(refusals_verdict(bench.refusals));
    cr_assert_eq(bench.answers, 6);
    bench_clear(&bench);
}

Test(refusals, a_destination_that_cannot_be_written_refuses_everything)
{
    Bench bench;

    bench_init(&bench);
    cr_assert_eq(g_chmod(bench.destination_path, 0555), 0);
    refuse(&bench, FALSE, REFUSALS_MANY - 1, ERROR_PERMANENT);
    refuse(&bench, TRUE, REFUSALS_MANY - 1, ERROR_PERMANENT);
    cr_assert_null(refusals_verdict(bench.refusals), "not yet, and reading is counted apart");
    refuse(&bench, TRUE, 1, ERROR_PERMANENT);
    cr_assert_not_null(refusals_verdict(bench.refusals));
    cr_assert_eq(error_class(refusals_verdict(bench.refusals)), ERROR_PERMANENT);
    cr_assert_eq(bench.answers, 1);
    refuse(&bench, TRUE, 2 * REFUSALS_MANY, ERROR_PERMANENT);
    cr_assert_eq(bench.answers, 1, "it is asked once");
    bench_clear(&bench);
}

Test(refusals, a_source_that_cannot_be_read_refuses_everything)
{
    Bench bench;

    bench_init(&bench);
    cr_assert_eq(g_chmod(bench.source_path, 0000), 0);
    refuse(&bench, FALSE, REFUSALS_MANY, ERROR_PERMANENT);
    cr_assert_not_null(refusals_verdict(bench.refusals));
    bench_clear(&bench);
}

Test(refusals, a_success_in_between_begins_anew_and_other_classes_do_not_count)
{
    Bench bench;

    bench_init(&bench);
    cr_assert_eq(g_chmod(bench.destination_path, 0555), 0);
    cr_assert_eq(g_chmod(bench.source_path, 0000), 0);
    refuse(&bench, TRUE, REFUSALS_MANY - 1, ERROR_PERMANENT);
    refusals_written(bench.refusals);
    refuse(&bench, TRUE, REFUSALS_MANY - 1, ERROR_PERMANENT);
    refuse(&bench, FALSE, REFUSALS_MANY - 1, ERROR_PERMANENT);
    refusals_read(bench.refusals, "a.jpg");
    refuse(&bench, FALSE, REFUSALS_MANY - 1, ERROR_PERMANENT);
    for (ErrorClass class = 0; class <= ERROR_CLASS_LAST; class ++)
        if (class != ERROR_PERMANENT)
            refuse(&bench, TRUE, 2 * REFUSALS_MANY, class);
    cr_assert_null(refusals_verdict(bench.refusals));
    bench_clear(&bench);
}

/* An upload succeeded while the store was being checked, so the result of the check is obsolete. */
Test(refusals, a_success_while_the_store_is_asked_counts_more)
{
    Bench bench;
    g_autoptr(GError) error = g_error_new_literal(error_quark(), ERROR_PERMANENT, "no");

    bench_init(&bench);
    cr_assert_eq(g_chmod(bench.destination_path, 0555), 0);
    for (guint i = 0; i < REFUSALS_MANY; i++)
        refusals_add(bench.refusals, TRUE, "1.jpg", error);
    cr_assert(refusals_is_asking(bench.refusals));
    refusals_written(bench.refusals);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    cr_assert_null(refusals_verdict(bench.refusals));
    bench_clear(&bench);
}

Test(appeal, leaps_pass_by_ever_more_and_end_at_the_beginning)
{
    static const char *const keys[] = {"users/mallory/2024/img-0001.jpg", "a", "\xc3\xa9\xc3\xa9\xc3\xa9.jpg",
                                       ""};

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        gsize length = strlen(keys[i]) + 4;

        for (guint hop = 0; hop + 1 < APPEAL_HOPS; hop++) {
            g_autofree char *leap = appeal_leap(keys[i], hop);

            cr_assert(g_utf8_validate(leap, -1, NULL), "%s, %u", keys[i], hop);
            cr_assert_gt(strcmp(leap, keys[i]), 0);
            cr_assert_leq(strlen(leap), length, "each passes by at least what the one before did");
            cr_assert_eq(memcmp(leap, keys[i], strlen(leap) - 4), 0);
            length = strlen(leap);
        }
        cr_assert_eq(length, 4, "the last one passes by everything");
        {
            g_autofree char *last = appeal_leap(keys[i], APPEAL_HOPS - 1);

            cr_assert_str_eq(last, "");
        }
    }
}
