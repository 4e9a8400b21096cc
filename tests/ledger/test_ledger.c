#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "ledger/database.h"
#include "ledger/ledger.h"

#define OPENERS 8
#define ROUNDS  20

static char *folder;
static char *path;

static void setup(void)
{
    folder = g_dir_make_tmp("thumbmill-ledger-XXXXXX", NULL);
    path = g_build_filename(folder, "a.sqlite", NULL);
}

static void teardown(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *full = g_build_filename(folder, name, NULL);

        cr_assert_eq(g_remove(full), 0);
    }
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
}

TestSuite(ledger, .init = setup, .fini = teardown);

static Ledger *open_sound(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *aside = NULL;
    Ledger *ledger = ledger_open(path, LEDGER_CHECK_NOW, &aside, &error);

    cr_assert_not_null(ledger, "%s", error != NULL ? error->message : "");
    cr_assert_null(aside);
    return ledger;
}

static void add(GPtrArray *changes, LedgerEvent event, const char *key, const char *output, const char *etag,
                gint64 now_s)
{
    const LedgerFailure failure = {.key = key,
                                   .output = output,
                                   .etag = etag,
                                   .recipe = "recipe",
                                   .engine = "engine",
                                   .is_final = TRUE,
                                   .class = "input",
                                   .reason = "no image",
                                   .last_s = now_s,
                                   .seen_s = now_s};

    g_ptr_array_add(changes, ledger_change_new(event, &failure));
}

static GPtrArray *changes_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)ledger_change_free);
}

/* Writes one change in a transaction of its own. */
static void note(Ledger *ledger, LedgerEvent event, const char *key, const char *output, const char *etag,
                 gint64 now_s)
{
    g_autoptr(GPtrArray) changes = changes_new();
    g_autoptr(GError) error = NULL;

    add(changes, event, key, output, etag, now_s);
    cr_assert(ledger_write(ledger, changes, &error), "%s", error != NULL ? error->message : "");
}

static GPtrArray *recall(Ledger *ledger, const char *key)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *found = ledger_recall(ledger, key, &error);

    cr_assert_not_null(found, "%s", error != NULL ? error->message : "");
    return found;
}

static guint count(Ledger *ledger, const char *key)
{
    g_autoptr(GPtrArray) found = recall(ledger, key);

    return found->len;
}

Test(ledger, remembers_over_restarts)
{
    Ledger *ledger = open_sound();
    g_autoptr(GPtrArray) found = NULL;
    const LedgerFailure *failure;

    cr_assert_eq(count(ledger, "a.jpg"), 0);
    note(ledger, LEDGER_FAILED, "a.jpg", "thumb", "e1", 100);
    note(ledger, LEDGER_FAILED, "a.jpg", "large", "e1", 101);
    note(ledger, LEDGER_FAILED, "\xff\xfe.jpg", "thumb", "e2", 102);
    ledger_close(ledger);
    ledger = open_sound();
    found = recall(ledger, "a.jpg");
    cr_assert_eq(found->len, 2);
    failure = found->pdata[0];
    cr_assert_str_eq(failure->key, "a.jpg");
    cr_assert_str_eq(failure->output, "large");
    cr_assert_str_eq(failure->etag, "e1");
    cr_assert_str_eq(failure->recipe, "recipe");
    cr_assert_str_eq(failure->engine, "engine");
    cr_assert_str_eq(failure->class, "input");
    cr_assert_str_eq(failure->reason, "no image");
    cr_assert(failure->is_final);
    cr_assert_eq(failure->tries, 1);
    cr_assert_eq(failure->first_s, 101);
    cr_assert_eq(failure->last_s, 101);
    cr_assert_eq(failure->seen_s, 101);
    cr_assert_eq(count(ledger, "\xff\xfe.jpg"), 1);
    cr_assert_eq(count(ledger, "a.jp"), 0);
    ledger_close(ledger);
}

Test(ledger, counts_tries_while_nothing_changes)
{
    g_autoptr(Ledger) ledger = open_sound();
    g_autoptr(GPtrArray) same = NULL, other = NULL;
    const LedgerFailure *failure;

    for (gint64 now_s = 1; now_s <= 3; now_s++)
        note(ledger, LEDGER_FAILED, "a", "x", "e1", now_s);
    same = recall(ledger, "a");
    failure = same->pdata[0];
    cr_assert_eq(failure->tries, 3);
    cr_assert_eq(failure->first_s, 1);
    cr_assert_eq(failure->last_s, 3);
    note(ledger, LEDGER_FAILED, "a", "x", "e2", 9);
    other = recall(ledger, "a");
    failure = other->pdata[0];
    cr_assert_eq(failure->tries, 1);
    cr_assert_eq(failure->first_s, 9);
    cr_assert_str_eq(failure->etag, "e2");
}

Test(ledger, forgets_what_was_made)
{
    g_autoptr(Ledger) ledger = open_sound();
    g_autoptr(GError) error = NULL;
    guint64 n = 99;

    note(ledger, LEDGER_FAILED, "a", "x", "e", 1);
    note(ledger, LEDGER_FAILED, "a", "y", "e", 1);
    note(ledger, LEDGER_FAILED, "b", "x", "e", 1);
    note(ledger, LEDGER_MADE, "a", "x", "", 2);
    cr_assert_eq(count(ledger, "a"), 1);
    note(ledger, LEDGER_REFUSED, "a", "", "e", 3);
    cr_assert_eq(count(ledger, "a"), 1, "what was known of its outputs is gone");
    cr_assert(ledger_forget(ledger, "a", &n, &error));
    cr_assert_eq(n, 1);
    cr_assert_eq(count(ledger, "a"), 0);
    cr_assert(ledger_forget(ledger, "a", &n, &error));
    cr_assert_eq(n, 0);
    cr_assert(ledger_forget(ledger, NULL, &n, &error));
    cr_assert_eq(n, 1);
    cr_assert_eq(count(ledger, "b"), 0);
}

static void add_key(const LedgerFailure *failure, void *data)
{
    g_string_append_printf(data, "%s/%s ", failure->key, failure->output);
}

static char *keys_of(Ledger *ledger)
{
    GString *keys = g_string_new(NULL);

    cr_assert(ledger_each(ledger, &(LedgerFilter){0}, add_key, keys, NULL));
    return g_string_free(keys, FALSE);
}

Test(ledger, prunes_by_age_and_by_number)
{
    g_autoptr(Ledger) ledger = open_sound();
    g_autofree char *aged = NULL, *few = NULL;

    cr_assert(ledger_prune(ledger, 1, 1, NULL));
    note(ledger, LEDGER_FAILED, "a", "x", "e", 1);
    note(ledger, LEDGER_FAILED, "b", "x", "e", 2);
    note(ledger, LEDGER_SEEN, "b", "", "", LEDGER_FORGET_S);
    note(ledger, LEDGER_FAILED, "c", "x", "e", LEDGER_FORGET_S);
    note(ledger, LEDGER_FAILED, "d", "x", "e", LEDGER_FORGET_S + 1);
    cr_assert(ledger_prune(ledger, LEDGER_FORGET_S + 2, 10, NULL));
    aged = keys_of(ledger);
    cr_assert_str_eq(aged, "b/x c/x d/x ", "%s", aged);
    cr_assert(ledger_prune(ledger, LEDGER_FORGET_S + 2, 2, NULL));
    few = keys_of(ledger);
    cr_assert_str_eq(few, "c/x d/x ", "%s", few);
}

static void add_group(const LedgerGroup *group, void *data)
{
    g_string_append_printf(data, "%s %s %d %d; ", group->class, group->reason, (int)group->n_failures,
                           (int)group->n_objects);
}

static void note_of_class(Ledger *ledger, const char *key, const char *output, const char *class,
                          const char *reason)
{
    const LedgerFailure failure = {.key = key,
                                   .output = output,
                                   .etag = "e",
                                   .recipe = "r",
                                   .engine = "g",
                                   .class = class,
                                   .reason = reason,
                                   .last_s = 1};
    g_autoptr(GPtrArray) changes = changes_new();

    g_ptr_array_add(changes, ledger_change_new(LEDGER_FAILED, &failure));
    cr_assert(ledger_write(ledger, changes, NULL));
}

Test(ledger, failures_are_summed_up_by_class_and_reason)
{
    g_autoptr(Ledger) ledger = open_sound();
    g_autoptr(GString) all = g_string_new(NULL), some = g_string_new(NULL), keys = g_string_new(NULL);

    note_of_class(ledger, "a", "x", "limit", "large");
    note_of_class(ledger, "b", "x", "input", "bad");
    note_of_class(ledger, "b", "y", "input", "bad");
    note_of_class(ledger, "c", "x", "input", "bad");
    note_of_class(ledger, "c", "y", "input", "worse");
    cr_assert(ledger_each_group(ledger, NULL, add_group, all, NULL));
    cr_assert_str_eq(all->str, "input bad 3 2; input worse 1 1; limit large 1 1; ");
    cr_assert(ledger_each_group(ledger, "limit", add_group, some, NULL));
    cr_assert_str_eq(some->str, "limit large 1 1; ");
    cr_assert(ledger_each(ledger, &(LedgerFilter){.class = "input", .limit = 3}, add_key, keys, NULL));
    cr_assert_str_eq(keys->str, "b/x b/y c/x ");
}

/* With a million failures they take seconds in each pass. */
Test(ledger, the_check_and_the_cleaning_up_are_done_once_a_day)
{
    g_autoptr(Ledger) ledger = open_sound();
    g_autofree char *kept = NULL, *pruned = NULL, *back = NULL;

    note(ledger, LEDGER_FAILED, "a", "x", "e", 1);
    cr_assert(ledger_prune_if_due(ledger, 2, NULL));
    note(ledger, LEDGER_SEEN, "a", "", "", -LEDGER_FORGET_S);
    cr_assert(ledger_prune_if_due(ledger, 24 * 3600 + 1, NULL));
    kept = keys_of(ledger);
    cr_assert_str_eq(kept, "a/x ");
    cr_assert(ledger_prune_if_due(ledger, 24 * 3600 + 2, NULL));
    pruned = keys_of(ledger);
    cr_assert_str_eq(pruned, "");
    note(ledger, LEDGER_FAILED, "b", "x", "e", 1);
    note(ledger, LEDGER_SEEN, "b", "", "", -LEDGER_FORGET_S);
    cr_assert(ledger_prune_if_due(ledger, 24 * 3600 + 1, NULL), "the clock was set back");
    back = keys_of(ledger);
    cr_assert_str_eq(back, "");
}

Test(ledger, rests_grow_from_an_hour_to_a_day)
{
    static const struct {
        guint tries, runs;
        gint64 rest_s;
    } cases[] = {
        {1, 5, 0},     {4, 5, 0},      {5, 5, 3600},
        {6, 5, 7200},  {7, 5, 14400},  {8, 5, 28800},
        {9, 5, 57600}, {10, 5, 86400}, {G_MAXUINT, 5, 86400},
        {1, 1, 3600},  {2, 1, 7200},   {G_MAXUINT, 1, 86400},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        cr_assert_eq(ledger_rest_s(cases[i].tries, cases[i].runs), cases[i].rest_s, "%u of %u",
                     cases[i].tries, cases[i].runs);
}

/* Damage */

static void overwrite(const void *data, gsize size)
{
    autofd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    cr_assert_geq(fd, 0);
    cr_assert(fd_write_all(fd, data, size));
}

/* Opens any file: there is a working ledger afterwards. TRUE if the file was quarantined. */
static gboolean survives(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *aside = NULL;
    g_autofree char *expected = g_strconcat(path, ".damaged", NULL);
    g_autoptr(Ledger) ledger = ledger_open(path, LEDGER_CHECK_NOW, &aside, &error);
    g_autoptr(GPtrArray) found = NULL;

    cr_assert_not_null(ledger, "%s", error != NULL ? error->message : "");
    cr_assert(aside == NULL || g_str_equal(aside, expected));
    cr_assert(aside == NULL || g_file_test(aside, G_FILE_TEST_EXISTS));
    found = ledger_recall(ledger, "key-0001", &error);
    cr_assert(found != NULL || error_class(error) == ERROR_INPUT,
              "a damage that the check overlooked is one");
    if (aside != NULL)
        note(ledger, LEDGER_FAILED, "new", "x", "e", 1);
    return aside != NULL;
}

Test(ledger, what_is_no_database_is_set_aside)
{
    static const char garbage[] =
        "This is certainly no database, but it is longer than the hundred bytes that "
        "the header of one has, and then some more of it.\n";

    overwrite(garbage, sizeof garbage);
    cr_assert(survives());
    overwrite("SQLite format 3", 16);
    cr_assert(survives());
    overwrite("", 0);
    cr_assert_not(survives(), "an empty file is an empty database");
}

static void fill(guint n)
{
    g_autoptr(Ledger) ledger = open_sound();
    g_autoptr(GPtrArray) changes = changes_new();

    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("key-%04u", i);

        add(changes, LEDGER_FAILED, key, "x", "e", 1);
    }
    cr_assert(ledger_write(ledger, changes, NULL));
}

Test(ledger, cut_off_anywhere, .timeout = 60)
{
    g_autofree char *whole = NULL;
    gsize size;

    fill(300);
    cr_assert(g_file_get_contents(path, &whole, &size, NULL));
    cr_assert_gt(size, 20000u);
    for (gsize cut = 1; cut < size; cut += 1111) {
        overwrite(whole, cut);
        cr_assert_eq(survives(), cut >= 512, "%zu bytes: less than the smallest page is nothing to SQLite",
                     cut);
    }
}

Test(ledger, overwritten_anywhere, .timeout = 60)
{
    g_autofree char *whole = NULL;
    gsize size;
    guint aside = 0;

    fill(300);
    cr_assert(g_file_get_contents(path, &whole, &size, NULL));
    for (gsize at = 0; at + 64 < size; at += 733) {
        g_autofree char *damaged = g_memdup2(whole, size);

        memset(damaged + at, 0xa5, 64);
        overwrite(damaged, size);
        aside += survives();
    }
    cr_assert_gt(aside, 5, "%u: pages' headers at least are checked", aside);
}

/* Damages a page that only the check reads. */
static void damage_last_page(void)
{
    g_autofree char *whole = NULL;
    gsize size;

    cr_assert(g_file_get_contents(path, &whole, &size, NULL));
    memset(whole + size - 4096, 0xa5, 4096);
    overwrite(whole, size);
}

static gboolean is_set_aside(LedgerCheck check)
{
    g_autofree char *aside = NULL;
    g_autoptr(Ledger) ledger = ledger_open(path, check, &aside, NULL);

    cr_assert_not_null(ledger);
    return aside != NULL;
}

static void alter(const char *sql);

Test(ledger, a_file_is_checked_if_that_was_not_done_today_or_something_is_wrong)
{
    fill(300);
    cr_assert_not(is_set_aside(LEDGER_CHECK_DAILY));
    damage_last_page();
    cr_assert_not(is_set_aside(LEDGER_CHECK_DAILY));
    cr_assert(is_set_aside(LEDGER_CHECK_NOW));
    fill(300);
    alter("UPDATE care SET done_s = done_s - 86400");
    damage_last_page();
    cr_assert(is_set_aside(LEDGER_CHECK_DAILY));
    fill(300);
    alter("UPDATE care SET done_s = done_s + 1000");
    damage_last_page();
    cr_assert(is_set_aside(LEDGER_CHECK_DAILY), "the clock was set back");
}

/* Executes SQL on a ledger that no process has open. */
static void alter(const char *sql)
{
    g_autoptr(GError) error = NULL;
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert(database_run(db, sql, &error), "%s", error != NULL ? error->message : "");
    sqlite3_close(db);
}

static void look_at_key(const LedgerFailure *failure, void *data)
{
    guint *n = data;

    cr_assert_str_eq(failure->key, "");
    cr_assert_str_eq(failure->output, "thumb");
    ++*n;
}

/* Found by tests/fuzz/fuzz_ledger.c: for an empty key SQLite returns NULL, which was printed as a text. */
Test(ledger, regression_a_damaged_key_is_a_text_all_the_same)
{
    Ledger *ledger = open_sound();
    guint n = 0;

    note(ledger, LEDGER_FAILED, "a.jpg", "thumb", "e", 1);
    ledger_close(ledger);
    alter("UPDATE failure SET key = x''");
    ledger = ledger_open_existing(path, NULL);
    cr_assert(ledger_each(ledger, &(LedgerFilter){0}, look_at_key, &n, NULL));
    cr_assert_eq(n, 1);
    ledger_close(ledger);
}

Test(ledger, another_programs_database_is_set_aside)
{
    alter("CREATE TABLE recipe (cake TEXT); PRAGMA user_version = 1");
    cr_assert(survives());
}

Test(ledger, a_newer_one_is_left_alone)
{
    g_autoptr(GError) error = NULL, existing_error = NULL;
    g_autofree char *aside = NULL;

    fill(1);
    alter("PRAGMA user_version = 1000");
    cr_assert_null(ledger_open(path, LEDGER_CHECK_NOW, &aside, &error));
    cr_assert_null(aside);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert_not_null(strstr(error->message, "another version"), "%s", error->message);
    cr_assert_null(ledger_open_existing(path, &existing_error));
    alter("PRAGMA user_version = 5");
    cr_assert_not(survives());
}

Test(ledger, opening_to_look_makes_nothing)
{
    g_autoptr(GError) missing = NULL, unmade = NULL;

    cr_assert_null(ledger_open_existing(path, &missing));
    cr_assert_eq(error_class(missing), ERROR_PERMANENT);
    cr_assert_not(g_file_test(path, G_FILE_TEST_EXISTS));
    overwrite("", 0);
    cr_assert_null(ledger_open_existing(path, &unmade));
    cr_assert_eq(error_class(unmade), ERROR_PERMANENT);
}

Test(ledger, where_none_can_be_there_is_none)
{
    g_autoptr(GError) in_folder = NULL, in_nothing = NULL;
    g_autofree char *aside = NULL;
    g_autofree char *below = g_build_filename(path, "b", NULL);

    cr_assert_null(ledger_open(folder, LEDGER_CHECK_NOW, &aside, &in_folder));
    cr_assert_eq(error_class(in_folder), ERROR_PERMANENT);
    cr_assert_null(ledger_open(below, LEDGER_CHECK_NOW, &aside, &in_nothing));
    cr_assert_eq(error_class(in_nothing), ERROR_PERMANENT);
    cr_assert_null(aside);
}

/* On a full disk the transaction has no effect, and earlier content remains. */
Test(ledger, a_full_disk_loses_nothing)
{
    g_autoptr(Ledger) ledger = open_sound();
    g_autoptr(GPtrArray) changes = changes_new();
    g_autoptr(GError) error = NULL;
    struct rlimit limit, unlimited;

    note(ledger, LEDGER_FAILED, "old", "x", "e", 1);
    for (guint i = 0; i < 2000; i++) {
        g_autofree char *key = g_strdup_printf("key-%04u", i);

        add(changes, LEDGER_FAILED, key, "x", "e", 1);
    }
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limit = (struct rlimit){100000, unlimited.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_not(ledger_write(ledger, changes, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT, "%s", error->message);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    cr_assert_eq(count(ledger, "old"), 1);
    cr_assert_eq(count(ledger, "key-0000"), 0);
    cr_assert(ledger_write(ledger, changes, NULL));
    cr_assert_eq(count(ledger, "key-1999"), 1);
}

/* A file of the first version is upgraded by the first writer, without any loss. */
Test(ledger, an_older_one_is_renewed)
{
    g_autoptr(GError) error = NULL;
    Ledger *ledger;

    fill(3);
    alter("DROP TABLE run; DROP TABLE care; DROP TABLE orphan; PRAGMA user_version = 1");
    cr_assert_null(ledger_open_existing(path, &error));
    cr_assert_not_null(strstr(error->message, "older version"), "%s", error->message);
    ledger = open_sound();
    cr_assert_eq(count(ledger, "key-0002"), 1);
    ledger_close(ledger);
    ledger = ledger_open_existing(path, NULL);
    cr_assert_not_null(ledger);
    ledger_close(ledger);
}

/* Several processes */

static void open_and_write(guint opener)
{
    for (guint i = 0; i < ROUNDS; i++) {
        g_autofree char *aside = NULL;
        g_autofree char *key = g_strdup_printf("%u-%u", opener, i);
        g_autoptr(GPtrArray) changes = changes_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(Ledger) ledger = ledger_open(path, LEDGER_CHECK_DAILY, &aside, &error);

        add(changes, LEDGER_FAILED, key, "x", "e", 1);
        if (ledger == NULL || aside != NULL || !ledger_write(ledger, changes, &error)) {
            g_printerr("opener %u: %s\n", opener, error != NULL ? error->message : aside);
            _exit(1);
        }
    }
    _exit(0);
}

Test(ledger, many_may_open_make_and_write_it_at_once, .timeout = 60)
{
    pid_t openers[OPENERS];
    Ledger *ledger;

    for (guint i = 0; i < OPENERS; i++) {
        openers[i] = fork();
        if (openers[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            open_and_write(i);
        }
    }
    for (guint i = 0; i < OPENERS; i++) {
        int status;

        cr_assert_eq(waitpid(openers[i], &status, 0), openers[i]);
        cr_assert_eq(status, 0);
    }
    ledger = open_sound();
    for (guint i = 0; i < OPENERS; i++) {
        for (guint j = 0; j < ROUNDS; j++) {
            g_autofree char *key = g_strdup_printf("%u-%u", i, j);

            cr_assert_eq(count(ledger, key), 1);
        }
    }
    ledger_close(ledger);
}

/* Data that was written before a kill -9 is preserved, and the file is intact. */
Test(ledger, survives_kill_9)
{
    pid_t pid = fork();
    Ledger *ledger;

    if (pid == 0) {
        ledger = open_sound();
        note(ledger, LEDGER_FAILED, "a", "x", "e", 1);
        raise(SIGKILL);
    }
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    ledger = open_sound();
    cr_assert_eq(count(ledger, "a"), 1);
    ledger_close(ledger);
}
