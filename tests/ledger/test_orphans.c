#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "ledger/orphans.h"

static char *folder, *path;
static Ledger *ledger;

static void setup(void)
{
    g_autofree char *aside = NULL;

    folder = g_dir_make_tmp("thumbmill-orphans-XXXXXX", NULL);
    path = g_build_filename(folder, "a.sqlite", NULL);
    ledger = ledger_open(path, LEDGER_CHECK_NOW, &aside, NULL);
    cr_assert_not_null(ledger);
}

static void teardown(void)
{
    ledger_close(ledger);
    cr_assert_eq(g_unlink(path), 0);
    cr_assert_eq(g_rmdir(folder), 0);
    g_free(path);
    g_free(folder);
}

TestSuite(orphans, .init = setup, .fini = teardown);

static void note(Orphans *orphans, const char *keys, gint64 now_s)
{
    for (const char *key = strtok((char *)keys, " "); key != NULL; key = strtok(NULL, " "))
        cr_assert(orphans_note(orphans, key, now_s, ORPHANS_MAX, NULL));
}

/* "a 1, b 2": the keys and when each was first seen, read `limit` at a time. */
static char *all(Orphans *orphans, guint limit)
{
    GString *text = g_string_new(NULL);
    g_autofree char *after = g_strdup("");

    for (;;) {
        g_autoptr(GPtrArray) page = orphans_page(orphans, after, limit, NULL);

        cr_assert_not_null(page);
        cr_assert_leq(page->len, limit);
        if (page->len == 0)
            return g_string_free(text, FALSE);
        for (guint i = 0; i < page->len; i++) {
            const Orphan *orphan = page->pdata[i];

            g_string_append_printf(text, "%s%s %d", text->len > 0 ? ", " : "", orphan->key,
                                   (int)orphan->first_s);
        }
        g_free(after);
        after = g_strdup(((const Orphan *)page->pdata[page->len - 1])->key);
    }
}

Test(orphans, the_time_of_the_first_sight_stays_and_what_is_claimed_again_is_forgotten)
{
    char first[] = "b a/x.jpg \xff\xfe", second[] = "a/x.jpg c", third[] = "b";
    g_autofree char *one = NULL, *two = NULL, *three = NULL;
    Orphans *orphans = orphans_begin(ledger, NULL);

    note(orphans, first, 100);
    cr_assert_eq(orphans_count(orphans), 3);
    cr_assert(orphans_settle(orphans, NULL));
    one = all(orphans, 2);
    cr_assert_str_eq(one, "a/x.jpg 100, b 100, \xff\xfe 100");
    orphans_end(orphans);

    orphans = orphans_begin(ledger, NULL);
    note(orphans, second, 200);
    cr_assert(orphans_settle(orphans, NULL));
    two = all(orphans, 1);
    cr_assert_str_eq(two, "a/x.jpg 100, c 200");
    orphans_end(orphans);

    orphans = orphans_begin(ledger, NULL); /* b was an orphan, then not, and now is one again */
    note(orphans, third, 300);
    cr_assert(orphans_settle(orphans, NULL));
    three = all(orphans, 9);
    cr_assert_str_eq(three, "b 300");
    orphans_end(orphans);
}

Test(orphans, a_run_that_did_not_see_everything_forgets_nothing)
{
    char first[] = "a b", second[] = "b", third[] = "a b";
    g_autofree char *three = NULL;
    Orphans *orphans = orphans_begin(ledger, NULL);

    note(orphans, first, 100);
    cr_assert(orphans_settle(orphans, NULL));
    orphans_end(orphans);
    orphans = orphans_begin(ledger, NULL);
    note(orphans, second, 200);
    orphans_end(orphans); /* stopped */
    orphans = orphans_begin(ledger, NULL);
    note(orphans, third, 300);
    cr_assert(orphans_settle(orphans, NULL));
    three = all(orphans, 9);
    cr_assert_str_eq(three, "a 100, b 100");
    orphans_end(orphans);
}

Test(orphans, one_that_is_deleted_is_gone)
{
    char keys[] = "a b c";
    g_autofree char *left = NULL;
    Orphans *orphans = orphans_begin(ledger, NULL);

    note(orphans, keys, 100);
    cr_assert(orphans_settle(orphans, NULL));
    cr_assert(orphans_forget(orphans, "b", NULL));
    left = all(orphans, 9);
    cr_assert_str_eq(left, "a 100, c 100");
    orphans_end(orphans);
}

Test(orphans, many_are_noted_and_those_beyond_the_maximum_are_counted_only)
{
    g_autoptr(GPtrArray) page = NULL;
    Orphans *orphans = orphans_begin(ledger, NULL);

    for (guint i = 0; i < 3000; i++) {
        char key[32];

        (void)snprintf(key, sizeof key, "%06u", i);
        cr_assert(orphans_note(orphans, key, 100, 2500, NULL));
    }
    cr_assert_eq(orphans_count(orphans), 3000);
    cr_assert(orphans_settle(orphans, NULL));
    page = orphans_page(orphans, "", 9999, NULL);
    cr_assert_eq(page->len, 2500);
    cr_assert_str_eq(((const Orphan *)page->pdata[2499])->key, "002499");
    orphans_end(orphans);
}

Test(orphans, others_may_write_between_two_notes)
{
    char keys[] = "a", more[] = "b";
    g_autofree char *aside = NULL, *seen = NULL;
    g_autoptr(Ledger) other = ledger_open(path, LEDGER_CHECK_DAILY, &aside, NULL);
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_change_free);
    Orphans *orphans = orphans_begin(ledger, NULL);

    g_ptr_array_add(changes, ledger_change_new(LEDGER_MADE, &(LedgerFailure){.key = "k", .output = "o"}));
    note(orphans, keys, 100);
    cr_assert(ledger_write(other, changes, NULL));
    cr_assert(ledger_write(ledger, changes, NULL), "nor is the connection in a transaction");
    note(orphans, more, 100);
    cr_assert(orphans_settle(orphans, NULL));
    seen = all(orphans, 9);
    cr_assert_str_eq(seen, "a 100, b 100");
    orphans_end(orphans);
}
