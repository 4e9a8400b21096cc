#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "config/config.h"

/* Whether a configuration with these values is accepted; if not, the loop must be the reason. */
static gboolean is_accepted(const char *source, const char *destination, const char *key, const char *exclude)
{
    g_autofree char *text = g_strdup_printf("source: {%s, exclude: [%s]}\n"
                                            "destination: {%s}\n"
                                            "outputs:\n"
                                            "  - {name: thumb, width: 1, height: 1, key: \"%s\"}\n",
                                            source, exclude, destination, key);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(text, strlen(text), "c", &error);

    if (config != NULL)
        return TRUE;
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert_not_null(strstr(error->message, "processed as an original"), "%s", error->message);
    cr_assert_not_null(strstr(error->message, "source.exclude"), "%s", error->message);
    cr_assert(g_str_has_prefix(error->message, "c:4:"), "%s", error->message);
    return FALSE;
}

#define DEFAULT_KEY "{output}/{dir}{stem}.{ext}"

Test(loop_proof, buckets)
{
    static const struct {
        const char *source, *destination, *key, *exclude;
        gboolean expected;
    } table[] = {
        /* different places */
        {"url: s3://aaa/", "url: s3://bbb/", DEFAULT_KEY, "", TRUE},
        {"url: s3://aaa/", "url: \"file:///aaa/\"", DEFAULT_KEY, "", TRUE},
        {"url: s3://aaa/x/", "url: s3://aaa/y/", DEFAULT_KEY, "", TRUE},
        {"url: s3://aaa/x/", "url: s3://aaa/xy/", DEFAULT_KEY, "", TRUE},
        /* the source's prefix and the output's folder cannot overlap */
        {"url: s3://aaa/originals/", "url: s3://aaa/", DEFAULT_KEY, "", TRUE},
        {"url: s3://aaa/originals/", "url: s3://aaa/", "{dir}thumb/{stem}", "", FALSE},
        {"url: s3://aaa/thumb/", "url: s3://aaa/", DEFAULT_KEY, "", FALSE},
        {"url: s3://aaa/thumb/x/", "url: s3://aaa/", DEFAULT_KEY, "", FALSE},
        {"url: s3://aaa/thumb/x/", "url: s3://aaa/", "{output}/y/{stem}", "", TRUE},
        /* inside the source, excluded or not */
        {"url: s3://aaa/", "url: s3://aaa/", DEFAULT_KEY, "", FALSE},
        {"url: s3://aaa/", "url: s3://aaa/", DEFAULT_KEY, "\"thumb/*\"", TRUE},
        {"url: s3://aaa/", "url: s3://aaa/", DEFAULT_KEY, "\"*.tmp\", \"THUMB/*\"", TRUE},
        {"url: s3://aaa/", "url: s3://aaa/", DEFAULT_KEY, "\"thumb/x*\"", FALSE},
        {"url: s3://aaa/", "url: s3://aaa/", DEFAULT_KEY, "\"thumb/*.jpg\"", FALSE},
        {"url: s3://aaa/", "url: s3://aaa/", "{dir}{output}/{stem}", "\"*/thumb/*\"", FALSE},
        {"url: s3://aaa/", "url: s3://aaa/", "{dir}{output}/{stem}", "\"*\"", TRUE},
        {"url: s3://aaa/", "url: s3://aaa/derived/", DEFAULT_KEY, "\"derived/*\"", TRUE},
        {"url: s3://aaa/", "url: s3://aaa/derived/", DEFAULT_KEY, "\"thumb/*\"", FALSE},
        {"url: s3://aaa/x/", "url: s3://aaa/x/derived/", DEFAULT_KEY, "\"derived/thumb/*\"", TRUE},
        {"url: s3://aaa/x/", "url: s3://aaa/x/derived/", DEFAULT_KEY, "\"x/derived/*\"", FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        cr_assert_eq(is_accepted(table[i].source, table[i].destination, table[i].key, table[i].exclude),
                     table[i].expected, "row %u", i);
}

/* Its {ext} may be that of any source. */
Test(loop_proof, the_format_source)
{
    static const char text[] = "source: {url: s3://aaa/png/}\ndestination: {url: s3://aaa/}\n"
                               "outputs:\n  - {name: a, width: 1, format: %s, key: '{ext}/{stem}'}\n";
    g_autofree char *jpeg = g_strdup_printf(text, "jpeg");
    g_autofree char *source = g_strdup_printf(text, "source");
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(jpeg, strlen(jpeg), "c", &error);

    cr_assert_not_null(config, "jpg/ is beside png/");
    cr_assert_null(config_parse(source, strlen(source), "c", &error));
    cr_assert_not_null(strstr(error->message, "processed as an original"), "%s", error->message);
}

Test(loop_proof, endpoints)
{
    static const struct {
        const char *source, *destination;
        gboolean expected;
    } table[] = {
        {"http://one:8000", "http://two:8000", TRUE},
        {"http://one:8000", "https://ONE:8443/", FALSE},
        {"http://localhost:8000", "http://127.0.0.1:8000", FALSE},
        {"http://[::1]:8000", "http://127.0.0.2", FALSE},
        {"http://[::1]:8000", "http://[::2]:8000", TRUE},
        {"https://s3.eu-west-1.amazonaws.com", "https://s3.us-east-1.amazonaws.com", FALSE},
        {"http://one:8000", "https://s3.amazonaws.com", TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *source = g_strdup_printf("url: s3://aaa/, s3: {endpoint: \"%s\"}", table[i].source);
        g_autofree char *destination =
            g_strdup_printf("url: s3://aaa/, s3: {endpoint: \"%s\"}", table[i].destination);

        cr_assert_eq(is_accepted(source, destination, DEFAULT_KEY, ""), table[i].expected, "row %u", i);
    }
    cr_assert_not(is_accepted("url: s3://aaa/",
                              "url: s3://aaa/, s3: {endpoint: \"https://s3.amazonaws.com\"}", DEFAULT_KEY,
                              ""),
                  "no endpoint is AWS");
    cr_assert(
        is_accepted("url: s3://aaa/", "url: s3://aaa/, s3: {endpoint: \"http://one\"}", DEFAULT_KEY, ""));
}

Test(loop_proof, directories)
{
    cr_assert(is_accepted("url: \"file:///no/in\"", "url: \"file:///no/out\"", DEFAULT_KEY, ""));
    cr_assert(is_accepted("url: \"file:///no/in\"", "url: \"file:///no/in2\"", DEFAULT_KEY, ""));
    cr_assert_not(is_accepted("url: \"file:///no/in\"", "url: \"file:///no/in/\"", DEFAULT_KEY, ""));
    cr_assert_not(is_accepted("url: \"file:///no/in\"", "url: \"file:///no/in/out\"", DEFAULT_KEY, ""));
    cr_assert(is_accepted("url: \"file:///no/in\"", "url: \"file:///no/in/out\"", DEFAULT_KEY, "\"out/*\""));
    cr_assert_not(is_accepted("url: \"file:///\"", "url: \"file:///no/out\"", DEFAULT_KEY, ""));
    cr_assert(is_accepted("url: \"file:///no/in\"", "url: \"file:///no\"", DEFAULT_KEY, ""),
              "thumb/ is beside in/");
}

Test(loop_proof, a_symbolic_link_hides_nothing)
{
    g_autofree char *folder = g_strdup("/tmp/loop-proof-XXXXXX");
    g_autofree char *link = NULL;
    g_autofree char *source = NULL;
    g_autofree char *destination = NULL;

    cr_assert_not_null(mkdtemp(folder));
    link = g_strconcat(folder, "/link", NULL);
    cr_assert_eq(symlink(folder, link), 0);
    source = g_strdup_printf("url: \"file://%s\"", folder);
    destination = g_strdup_printf("url: \"file://%s/link/not/there/yet\"", folder);
    cr_assert_not(is_accepted(source, destination, DEFAULT_KEY, ""));
    cr_assert_not(is_accepted(source, destination, DEFAULT_KEY, "\"link/*\""), "that is not where it is");
    cr_assert(is_accepted(source, destination, DEFAULT_KEY, "\"not/there/*\""));
    cr_assert_eq(unlink(link), 0);
    cr_assert_eq(rmdir(folder), 0);
}

Test(loop_proof, both_ways_out_are_named)
{
    static const char text[] = "source: {url: s3://aaa/}\ndestination: {url: s3://aaa/}\n"
                               "outputs:\n  - {name: thumb, width: 1, height: 1}\n";
    g_autoptr(GError) error = NULL;

    cr_assert_null(config_parse(text, strlen(text), "c", &error));
    cr_assert_str_eq(
        error->message,
        "c:4:12: output 'thumb' is written into the source and would then be processed as an original: use "
        "a destination.url outside source.url, or add 'thumb/*' to source.exclude");
}

/* The part of the source that is the destination's state folder, or NULL if the configuration is refused. */
static char *own_state(const char *source, const char *destination, const char *rest)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: '%s', exclude: ['thumb/*', 'out/*']}\ndestination: {url: '%s', %s}\n"
                        "outputs: [{name: thumb, width: 1}]\n",
                        source, destination, rest);
    g_autoptr(Config) config = config_parse(text, strlen(text), "c", NULL);

    return config != NULL ? g_strdup(config->source.own) : NULL;
}

Test(loop_proof, the_state_folder_is_no_source)
{
    static const struct {
        const char *source, *destination, *rest, *expected;
    } table[] = {
        {"s3://aaa/", "s3://bbb/", "", ""},
        {"s3://aaa/", "s3://aaa/", "", ".thumbmill/"},
        {"s3://aaa/", "s3://aaa/out/", "", "out/.thumbmill/"},
        {"s3://aaa/", "s3://aaa/out/", "state: none", ""},
        {"s3://aaa/", "s3://aaa/out/", "state: a/b", "out/a/b/"},
        {"s3://aaa/in/", "s3://aaa/out/", "", ""},
        {"file:///aaa/", "file:///aaa/out/", "", "out/.thumbmill/"},
        {"s3://aaa/.thumbmill/", "s3://aaa/", "", NULL},
        {"s3://aaa/.thumbmill/below/", "s3://aaa/", "", NULL},
        {"s3://aaa/.thumbmill-not/", "s3://aaa/", "", ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *own = own_state(table[i].source, table[i].destination, table[i].rest);

        cr_assert_eq(g_strcmp0(own, table[i].expected), 0, "%s in %s: %s", table[i].destination,
                     table[i].source, own != NULL ? own : "refused");
    }
}
