#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "batch/index.h"
#include "tests/sanitizer.h"

Test(index, what_was_added_is_found)
{
    g_autoptr(Index) index = index_new(NULL);
    gint64 mtime_s = 77;

    cr_assert_not(index_lookup(index, "a", &mtime_s));
    cr_assert_not(index_is_claimed(index, "a"));
    cr_assert_eq(mtime_s, 77, "untouched");
    cr_assert(index_add(index, "a", 123, NULL));
    cr_assert(index_add(index, "", 5, NULL));
    cr_assert(index_lookup(index, "a", &mtime_s));
    cr_assert_eq(mtime_s, 123);
    cr_assert(index_lookup(index, "", &mtime_s));
    cr_assert_eq(mtime_s, 5);
    cr_assert_not(index_lookup(index, "A", &mtime_s));
    cr_assert_not(index_lookup(index, "aa", NULL));
    cr_assert(index_add(index, "a", 124, NULL), "again");
    cr_assert(index_lookup(index, "a", &mtime_s));
    cr_assert_eq(mtime_s, 124);
}

Test(index, any_time)
{
    static const struct {
        gint64 time, expected;
    } table[] = {
        {0, 0},
        {-1, -1},
        {-2, -2},
        {-5, -5},
        {3, 3},
        {G_MAXINT64, G_MAXINT64 / 4},
        {G_MININT64, -(G_MAXINT64 / 4)},
        {G_GINT64_CONSTANT(32503680000), G_GINT64_CONSTANT(32503680000)},
    };
    g_autoptr(Index) index = index_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        gint64 mtime_s;

        cr_assert(index_add(index, "a", table[i].time, NULL));
        cr_assert(index_lookup(index, "a", &mtime_s));
        cr_assert_eq(mtime_s, table[i].expected, "%u", i);
        if (!index_is_claimed(index, "a"))
            cr_assert(index_claim(index, "a", NULL));
        cr_assert(index_lookup(index, "a", &mtime_s));
        cr_assert_eq(mtime_s, table[i].expected, "claimed, %u", i);
    }
}

Test(index, a_key_is_claimed_once)
{
    g_autoptr(Index) index = index_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) second_error = NULL;

    cr_assert(index_add(index, "there", 1, NULL));
    cr_assert(index_claim(index, "there", NULL));
    cr_assert(index_claim(index, "not\nthere", NULL));
    cr_assert(index_is_claimed(index, "there"));
    cr_assert(index_is_claimed(index, "not\nthere"));
    cr_assert_not(index_is_claimed(index, "other"));
    cr_assert_not(index_claim(index, "there", &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_assert_not_null(strstr(error->message, "'there'"), "%s", error->message);
    cr_assert_not(index_claim(index, "not\nthere", &second_error));
    cr_assert_not_null(strstr(second_error->message, "'not\\nthere'"), "%s", second_error->message);
    cr_assert_not(index_lookup(index, "not\nthere", NULL), "a claim does not make it exist");
}

Test(index, adding_keeps_a_claim)
{
    g_autoptr(Index) index = index_new(NULL);

    cr_assert(index_claim(index, "a", NULL));
    cr_assert(index_add(index, "a", 9, NULL));
    cr_assert(index_is_claimed(index, "a"));
    cr_assert(index_lookup(index, "a", NULL));
}

static char *random_key(GRand *random, guint number)
{
    return g_strdup_printf("%08x/%u.webp", g_rand_int(random), number);
}

/* Compares a million keys with a map that stores them in full. */
Test(index, agrees_with_a_hash_table, .timeout = 55)
{
    enum { KEYS = 1000000 };
    g_autoptr(GRand) random = g_rand_new_with_seed(6);
    g_autoptr(GHashTable) model = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(Index) index = index_new(NULL);
    GHashTableIter iter;
    gpointer key, value;

    for (guint i = 0; i < KEYS; i++) {
        char *name = random_key(random, i);
        guint mtime_s = g_rand_int(random) >> 1;

        if (!index_add(index, name, mtime_s, NULL))
            cr_assert_fail("out of memory");
        g_hash_table_insert(model, name, GUINT_TO_POINTER(mtime_s));
    }
    g_hash_table_iter_init(&iter, model);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        gint64 mtime_s = -1;

        if (!index_lookup(index, key, &mtime_s) || mtime_s != (gint64)GPOINTER_TO_UINT(value) ||
            !index_claim(index, key, NULL))
            cr_assert_fail("%s", (const char *)key);
    }
    for (guint i = 0; i < KEYS; i++) {
        g_autofree char *name = random_key(random, KEYS + i);

        if (index_lookup(index, name, NULL) || index_is_claimed(index, name))
            cr_assert_fail("%s was never added", name);
    }
}

/* 2^40 keys do not fit, but the first growth that fails must keep the existing keys. Only where an allocation
 * can fail: under a limit on the address space, which the sanitizers' shadow memory exceeds. */
#if !IS_SANITIZED
#include <sys/resource.h>

Test(index, out_of_memory_is_an_error, .timeout = 55)
{
    const struct rlimit limit = {256u << 20, 256u << 20};
    g_autoptr(Index) index = index_new(NULL);
    g_autoptr(GError) error = NULL;
    guint64 added = 0;
    char key[32];
    gint64 mtime_s;

    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    for (;; added++) {
        g_snprintf(key, sizeof key, "%" G_GUINT64_FORMAT, added);
        if (!index_add(index, key, (gint64)added, &error))
            break;
        if (added > 100000000)
            cr_assert_fail("never failed");
    }
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_not_null(strstr(error->message, "out of memory"), "%s", error->message);
    cr_assert(index_lookup(index, "1000", &mtime_s));
    cr_assert_eq(mtime_s, 1000);
    cr_assert_not(index_lookup(index, key, NULL));
    cr_assert_not(index_claim(index, "one more", NULL));
}
#endif

Test(index, notes_only_what_is_expected_or_claimed)
{
    g_autoptr(Index) index = index_new(NULL);
    gint64 mtime_s = 0;

    cr_assert_not(index_note(index, "a", 5));
    cr_assert(index_expect(index, "a", NULL));
    cr_assert(index_claim(index, "b", NULL));
    cr_assert_not(index_lookup(index, "a", NULL));
    cr_assert(index_note(index, "a", 5));
    cr_assert(index_note(index, "b", -6));
    cr_assert_not(index_note(index, "c", 7));
    cr_assert(index_lookup(index, "a", &mtime_s));
    cr_assert_eq(mtime_s, 5);
    cr_assert(index_lookup(index, "b", &mtime_s));
    cr_assert_eq(mtime_s, -6);
    cr_assert(index_is_claimed(index, "b"));
    cr_assert_not(index_is_claimed(index, "a"));
}

Test(index, is_empty_after_a_reset)
{
    g_autoptr(Index) index = index_new(NULL);

    cr_assert(index_add(index, "a", 1, NULL));
    index_reset(index);
    cr_assert_not(index_lookup(index, "a", NULL));
    cr_assert(index_add(index, "a", 1, NULL));
    cr_assert(index_lookup(index, "a", NULL));
}

/* The sanitizers have an allocator of their own, which does not tell. */
#if !IS_SANITIZED
#include <malloc.h>

static gsize heap_bytes(void)
{
    const struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

Test(index, gives_much_memory_back)
{
    g_autoptr(Index) index = index_new(NULL);
    const gsize empty_bytes = heap_bytes();

    for (guint i = 0; i < 100000; i++) {
        g_autofree char *key = g_strdup_printf("%u", i);

        cr_assert(index_add(index, key, 1, NULL));
    }
    cr_assert_geq(heap_bytes(), empty_bytes + (1u << 20));
    index_reset(index);
    cr_assert_leq(heap_bytes(), empty_bytes + (1u << 16));
}
#endif

static char *name_of(const char *key, void *data)
{
    return strcmp(key, "o") == 0 ? g_strdup(data) : NULL;
}

Test(index, an_error_names_who_has_claimed_a_key_if_that_is_known)
{
    static char other[] = "a\n.gif";
    g_autoptr(Index) index = index_new(NULL);
    g_autoptr(GError) known = NULL;
    g_autoptr(GError) unknown = NULL;

    index_set_namer(index, name_of, other);
    cr_assert(index_claim(index, "o", NULL));
    cr_assert(index_claim(index, "p", NULL));
    cr_assert_not(index_claim(index, "o", &known));
    cr_assert_not_null(strstr(known->message, "the source object 'a\\n.gif' has the same output key 'o'"),
                       "%s", known->message);
    cr_assert_not(index_claim(index, "p", &unknown));
    cr_assert_not_null(strstr(unknown->message, "another source object has the same output key 'p'"));
}
