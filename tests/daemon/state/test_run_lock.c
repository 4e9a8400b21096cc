#include "daemon/state/run_lock.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "daemon/state/state_files.h"

#define NOBODY 65534

typedef struct {
    char *root;
    char *first, *second, *file_in_first, *file_in_second;
    Config *config;
    const char *folders[3];
} Bench;

static char *lock_path(const Config *config, const char *folder)
{
    g_autofree char *suffix = g_strdup_printf("-%u.lock", (guint)geteuid());

    return state_file(folder, config, suffix);
}

static void bench_init(Bench *bench)
{
    static const char text[] =
        "source: {url: s3://photos}\ndestination: {url: s3://web}\noutputs: [{name: a, width: 3}]\n";

    bench->root = g_dir_make_tmp("test-run-lock-XXXXXX", NULL);
    bench->first = g_build_filename(bench->root, "first", NULL);
    bench->second = g_build_filename(bench->root, "second", NULL);
    cr_assert_eq(g_mkdir(bench->first, 0755), 0);
    cr_assert_eq(g_mkdir(bench->second, 0755), 0);
    bench->config = config_parse(text, strlen(text), "c", NULL);
    cr_assert_not_null(bench->config);
    bench->file_in_first = lock_path(bench->config, bench->first);
    bench->file_in_second = lock_path(bench->config, bench->second);
    bench->folders[0] = bench->first;
    bench->folders[1] = bench->second;
    bench->folders[2] = NULL;
}

static void bench_clear(Bench *bench)
{
    g_autofree char *command = g_strconcat("rm -rf ", bench->root, NULL);

    cr_assert_eq(system(command), 0);
    config_free(bench->config);
    g_free(bench->root);
    g_free(bench->first);
    g_free(bench->second);
    g_free(bench->file_in_first);
    g_free(bench->file_in_second);
}

static gboolean exists(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

Test(run_lock, is_taken_in_every_folder_and_let_go_in_all)
{
    Bench bench;
    RunLock *lock = NULL;

    bench_init(&bench);
    cr_assert_eq(run_lock_take_in(bench.folders, bench.config, RUN_LOCK_REQUIRED, &lock), LOCK_TAKEN);
    cr_assert_not_null(lock);
    cr_assert(exists(bench.file_in_first) && exists(bench.file_in_second));
    run_lock_release(lock);
    cr_assert_not(exists(bench.file_in_first) || exists(bench.file_in_second));
    bench_clear(&bench);
}

/* A run in a login session sees one folder more than a run of cron does. */
Test(run_lock, runs_that_see_one_folder_in_common_lock_each_other_out)
{
    Bench bench;
    g_autoptr(RunLock) other = NULL;
    RunLock *lock = NULL;
    const char *less[2] = {NULL, NULL};

    bench_init(&bench);
    less[0] = bench.second;
    cr_assert_eq(run_lock_take_in(less, bench.config, RUN_LOCK_WANTED, &other), LOCK_TAKEN);
    cr_assert_eq(run_lock_take_in(bench.folders, bench.config, RUN_LOCK_WANTED, &lock), LOCK_HELD);
    cr_assert_null(lock);
    cr_assert_not(exists(bench.file_in_first), "what was taken before is let go");
    bench_clear(&bench);
}

/* Creates what another user may put in place of a lock. */
static void put_in_the_way(const char *path, guint kind)
{
    g_autofree char *other = g_strconcat(path, ".other", NULL);

    switch (kind) {
    case 0: cr_assert_eq(symlink(other, path), 0); break;
    case 1: cr_assert_eq(g_mkdir(path, 0755), 0); break;
    case 2: cr_assert_eq(mkfifo(path, 0666), 0); break;
    case 3:
        cr_assert(g_file_set_contents(other, "", 0, NULL));
        cr_assert_eq(link(other, path), 0);
        break;
    default:
        cr_assert(g_file_set_contents(path, "", 0, NULL));
        cr_assert_eq(chown(path, NOBODY, NOBODY), 0);
        cr_assert_eq(g_chmod(path, 0666), 0);
    }
}

Test(run_lock, what_others_put_in_one_folder_is_not_in_the_way_of_another)
{
    for (guint kind = 0; kind < (geteuid() == 0 ? 5 : 4); kind++) {
        Bench bench;
        RunLock *lock = NULL;

        bench_init(&bench);
        put_in_the_way(bench.file_in_second, kind);
        cr_expect_eq(run_lock_take_in(bench.folders, bench.config, RUN_LOCK_REQUIRED, &lock), LOCK_TAKEN,
                     "%u", kind);
        cr_expect_not_null(lock);
        run_lock_release(lock);
        put_in_the_way(bench.file_in_first, kind);
        cr_expect_eq(run_lock_take_in(bench.folders, bench.config, RUN_LOCK_REQUIRED, &lock), LOCK_FAILED,
                     "%u", kind);
        cr_expect_null(lock);
        cr_expect_eq(run_lock_take_in(bench.folders, bench.config, RUN_LOCK_WANTED, &lock), LOCK_TAKEN, "%u",
                     kind);
        cr_expect_null(lock, "it goes on without one");
        bench_clear(&bench);
    }
}

Test(run_lock, how_it_is_demanded_is_one_of_two_words)
{
    RunLockDemand demand;

    cr_assert(run_lock_parse(NULL, &demand) && demand == RUN_LOCK_WANTED);
    cr_assert(run_lock_parse("wanted", &demand) && demand == RUN_LOCK_WANTED);
    cr_assert(run_lock_parse("required", &demand) && demand == RUN_LOCK_REQUIRED);
    cr_assert_not(run_lock_parse("require", &demand));
    cr_assert_not(run_lock_parse("", &demand));
}
