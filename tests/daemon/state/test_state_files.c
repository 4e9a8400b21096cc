#include <criterion/criterion.h>
#include <string.h>

#include "config/config.h"
#include "daemon/state/state_files.h"

static char *file_of(const char *source, const char *destination, const char *rest)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: '%s'}\ndestination: {url: '%s'}\noutputs: [{name: a, width: 9}]\n%s",
                        source, destination, rest);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return state_file("/state", config, ".x");
}

Test(state, files_belong_to_the_pair_of_stores)
{
    g_autofree char *one = file_of("s3://aaa/", "s3://bbb/", "");
    g_autofree char *same = file_of("s3://aaa", "s3://bbb", "stop_timeout: 1s\nlimits: {max_pixels: 5}\n");
    char *others[] = {
        file_of("s3://aaa/", "s3://bbb/c/", ""),
        file_of("s3://aaa/d/", "s3://bbb/", ""),
        file_of("s3://bbb/", "s3://aaa/", ""),
        file_of("s3://aaa/", "s3://bbb/", "s3: {endpoint: 'http://127.0.0.1:1'}\n"),
        file_of("s3://aaa/", "file:///b/", ""),
    };

    cr_assert_str_eq(one, same);
    cr_assert(g_str_has_prefix(one, "/state/thumbmill-"), "%s", one);
    cr_assert(g_str_has_suffix(one, ".x"));
    cr_assert_eq(strlen(one), strlen("/state/thumbmill-0123456789abcdef.x"));
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        cr_assert_str_neq(one, others[i], "%u", i);
        g_free(others[i]);
    }
}

Test(state, the_configuration_comes_before_the_service)
{
    Config config = {0};
    static const struct {
        const char *configured, *service, *expected;
    } cases[] = {
        {NULL, NULL, NULL},  {NULL, "", NULL},  {NULL, "/a", "/a"}, {NULL, "/a:/b", "/a"},
        {NULL, ":/b", NULL}, {NULL, "a", NULL}, {"/c", NULL, "/c"}, {"/c", "/a", "/c"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *configured = g_strdup(cases[i].configured);
        g_autofree char *found = NULL;

        config.state_directory = configured;
        found = state_directory(&config, cases[i].service);
        cr_assert_eq(g_strcmp0(found, cases[i].expected), 0, "%u: %s", i, found);
    }
}

Test(state, a_ledger_needs_a_state_directory)
{
    Config config = {0};
    g_autofree char *without = state_ledger(&config, NULL);
    g_autofree char *with = state_ledger(&config, "/a");

    cr_expect_null(without);
    cr_expect(g_str_has_prefix(with, "/a/thumbmill-") && g_str_has_suffix(with, ".sqlite"), "%s", with);
}
