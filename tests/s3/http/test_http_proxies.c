#include <criterion/criterion.h>

#include "s3/http/http_proxies.h"

static void expect(const char *variables, const char *http, const char *https, const char *exceptions)
{
    g_autoptr(GVariant) environment = g_variant_parse(G_VARIANT_TYPE("a{ss}"), variables, NULL, NULL, NULL);
    g_auto(HttpProxies) proxies = {0};
    g_auto(HttpProxies) copy = {0};

    http_proxies_init(&proxies, environment);
    http_proxies_copy(&copy, &proxies);
    cr_assert_eq(g_strcmp0(http_proxies_for(&copy, "http://h/"), http), 0, "%s", variables);
    cr_assert_eq(g_strcmp0(http_proxies_for(&copy, "HTTPS://h/"), https), 0, "%s", variables);
    cr_assert_eq(g_strcmp0(copy.exceptions, exceptions), 0, "%s", variables);
}

Test(http_proxies, as_curl_reads_them)
{
    expect("{}", NULL, NULL, NULL);
    expect("{'http_proxy': 'a', 'https_proxy': 'b', 'no_proxy': 'c'}", "a", "b", "c");
    expect("{'HTTPS_PROXY': 'b', 'NO_PROXY': 'c'}", NULL, "b", "c");
    expect("{'https_proxy': 'a', 'HTTPS_PROXY': 'b', 'no_proxy': '*', 'NO_PROXY': 'c'}", NULL, "a", "*");
    expect("{'all_proxy': 'a', 'https_proxy': 'b'}", "a", "b", NULL);
    expect("{'ALL_PROXY': 'a'}", "a", "a", NULL);
    expect("{'http_proxy': '', 'ALL_PROXY': 'a'}", "a", "a", NULL);
}

/* A web server sets this variable from a request's header. */
Test(http_proxies, http_proxy_in_upper_case_is_none)
{
    expect("{'HTTP_PROXY': 'evil'}", NULL, NULL, NULL);
}

static void hides(const char *proxy, const char *text, gsize cut_bytes, const char *expected)
{
    g_autofree char *hidden = http_proxies_hide(proxy, text, cut_bytes);

    cr_assert_str_eq(hidden, expected);
}

Test(http_proxies, a_password_is_hidden)
{
    hides("htp://me:pa@ss@h:1", "no scheme in 'htp://me:pa@ss@h:1'", 100, "no scheme in 'htp://***@h:1'");
    hides("me:secret@h", "me:secret@h, me:secret", 100, "***@h, ***");
    hides("http://me:secret@h", "in 'http://me:sec", 17, "in 'http://***");
    hides("http://me:secret@h", "call me", 100, "call me");
    hides("http://h:1", "no answer of h:1", 100, "no answer of h:1");
    hides("", "text", 100, "text");
    hides(NULL, "text", 100, "text");
}
