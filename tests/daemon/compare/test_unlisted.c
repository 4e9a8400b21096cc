#include <criterion/criterion.h>

#include "daemon/compare/unlisted.h"
#include "store/directory.h"
#include "store/open.h"

static Store *store_at(const char *url)
{
    Store *store = store_open(&(StoreOptions){.url = url, .context = g_main_context_default()}, NULL);

    cr_assert_not_null(store);
    return store;
}

static GPtrArray *skips_of(const DirectorySkip *skips, guint n)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)directory_skip_free);

    for (guint i = 0; i < n; i++) {
        DirectorySkip *skip = g_new0(DirectorySkip, 1);

        *skip = (DirectorySkip){skips[i].kind, g_strdup(skips[i].part), g_strdup(skips[i].reason)};
        g_ptr_array_add(list, skip);
    }
    return list;
}

static const DirectorySkip skips[] = {
    {DIRECTORY_SKIP_UNREADABLE, (char *)"a/closed/", (char *)"Permission denied"},
    {DIRECTORY_SKIP_LINK, (char *)"link/", (char *)"a symbolic link"},
    {DIRECTORY_SKIP_LOOP, (char *)"loop/", (char *)"a symbolic link"},
    {DIRECTORY_SKIP_UNREADABLE, (char *)"b/file", (char *)"Input/output error"},
};

static void output_clear(void *data)
{
    g_free(((DiffOutput *)data)->key);
}

Test(unlisted, only_what_is_unreadable_makes_a_listing_incomplete)
{
    g_autoptr(Store) store = store_at("file:///nowhere/");
    g_autoptr(GPtrArray) list = skips_of(skips, G_N_ELEMENTS(skips));
    g_autoptr(Unlisted) unlisted = unlisted_new();
    guint64 source = 5, destination = 0;

    unlisted_add_source(unlisted, store, list, &source);
    unlisted_add_destination(unlisted, store, list, &destination);
    cr_assert_eq(source, 7);
    cr_assert_eq(destination, 2);
}

/* Outputs in parts that could not be listed may exist. */
Test(unlisted, outputs_that_may_be_there_are_not_made)
{
    static const char *const keys[] = {"a/closed/x", "a/open/x", "a/closed", "b/file", "b/files", "link/x"};
    g_autoptr(Store) store = store_at("file:///nowhere/");
    g_autoptr(GPtrArray) list = skips_of(skips, G_N_ELEMENTS(skips));
    g_autoptr(Unlisted) unlisted = unlisted_new();
    g_auto(Diff) diff = {.wanted = g_array_new(FALSE, TRUE, sizeof(DiffOutput))};
    guint64 count = 0;

    g_array_set_clear_func(diff.wanted, output_clear);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const DiffOutput output = {.output = i, .key = g_strdup(keys[i])};

        g_array_append_val(diff.wanted, output);
    }
    cr_assert_eq(unlisted_drop(unlisted, &diff), 0);
    unlisted_add_source(unlisted, store, list, &count);
    cr_assert_eq(unlisted_drop(unlisted, &diff), 0, "only the destination's");
    unlisted_add_destination(unlisted, store, list, &count);
    cr_assert_eq(unlisted_drop(unlisted, &diff), 2);
    cr_assert_eq(diff.wanted->len, 4);
    cr_assert_str_eq(diff_wanted(&diff, 0)->key, "a/open/x");
    cr_assert_str_eq(diff_wanted(&diff, 1)->key, "a/closed");
    cr_assert_str_eq(diff_wanted(&diff, 2)->key, "b/files");
    cr_assert_str_eq(diff_wanted(&diff, 3)->key, "link/x");
}
