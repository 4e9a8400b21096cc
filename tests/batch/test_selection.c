#include <criterion/criterion.h>

#include "batch/selection.h"

static gboolean selected(const char *key, const char *const *include, const char *const *exclude)
{
    const SourceConfig source = {.include = (GStrv)include, .exclude = (GStrv)exclude};

    return selection_matches(&source, key);
}

Test(selection, include_minus_exclude)
{
    static const char *const images[] = {"*.jpg", "*.png", NULL};
    static const char *const drafts[] = {"*/drafts/*", "tmp*", NULL};
    static const char *const all[] = {"*", NULL};
    static const char *const none[] = {NULL};
    static const struct {
        const char *key;
        const char *const *include, *const *exclude;
        gboolean expected;
    } table[] = {
        {"a.jpg", images, none, TRUE},
        {"d/A.PNG", images, none, TRUE},
        {"a.gif", images, none, FALSE},
        {"x/drafts/a.jpg", images, drafts, FALSE},
        {"drafts/a.jpg", images, drafts, TRUE},
        {"tmp.jpg", images, drafts, FALSE},
        {"TMP/a.jpg", images, drafts, FALSE},
        {"a.jpg", none, none, FALSE},
        {"a.jpg", images, all, FALSE},
        {"a", all, none, TRUE},
        {"\xff\xfe.jpg", images, none, TRUE},
        {"sp ace+%41\xc3\xa9.jpg", images, none, TRUE},
        {"", all, none, FALSE},
        {"folder/", all, none, FALSE},
        {"a.jpg/", all, none, FALSE},
        {"//a.jpg", images, none, TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        cr_assert_eq(selected(table[i].key, table[i].include, table[i].exclude), table[i].expected, "%s (%u)",
                     table[i].key, i);
}

Test(selection, a_folder_of_which_all_is_excluded_need_not_be_entered)
{
    char *exclude[] = {(char *)"*/drafts/*", (char *)"lost+found/*", NULL};
    const SourceConfig source = {.exclude = exclude};

    cr_assert_not(selection_may_enter(&source, "lost+found/"));
    cr_assert_not(selection_may_enter(&source, "2024/drafts/"));
    cr_assert(selection_may_enter(&source, "2024/"));
    cr_assert(selection_may_enter(&source, "drafts/"));
    cr_assert(selection_may_enter(&source, "out/.thumbmill/"));
}

Test(selection, nothing_is_taken_from_the_state_folder)
{
    static const char *const all[] = {"*", NULL};
    static const char *const none[] = {NULL};
    const SourceConfig source = {.include = (GStrv)all, .exclude = (GStrv)none, .own = "out/.thumbmill/"};

    cr_assert_not(selection_matches(&source, "out/.thumbmill/recipes.json"));
    cr_assert_not(selection_matches(&source, "out/.thumbmill/a.jpg"));
    cr_assert(selection_matches(&source, "out/.thumbmill.jpg"));
    cr_assert_not(selection_may_enter(&source, "out/.thumbmill/"));
    cr_assert_not(selection_may_enter(&source, "out/.thumbmill/below/"));
    cr_assert(selection_may_enter(&source, "out/"));
}
