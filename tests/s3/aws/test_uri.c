#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "s3/aws/uri.h"

Test(uri, encodes_all_but_unreserved_bytes)
{
    for (int byte = 1; byte < 256; byte++) {
        char text[] = {(char)byte, '\0'};
        g_autofree char *encoded = uri_encode(text, URI_ENCODE_SLASH);
        g_autofree char *expected = g_strdup_printf("%%%02X", (guint)byte);
        gboolean is_plain = g_ascii_isalnum(byte) || strchr("-._~", byte) != NULL;

        cr_assert_str_eq(encoded, is_plain ? text : expected);
    }
}

Test(uri, a_slash_is_kept_in_paths_only)
{
    g_autofree char *path = uri_encode("a b//+/\xc3\xa9", URI_KEEP_SLASH);
    g_autofree char *value = uri_encode("a/b", URI_ENCODE_SLASH);

    cr_assert_str_eq(path, "a%20b//%2B/%C3%A9");
    cr_assert_str_eq(value, "a%2Fb");
}

Test(uri, decoding_undoes_encoding)
{
    GString *all = g_string_new(NULL);
    g_autofree char *encoded = NULL, *decoded = NULL;

    for (int byte = 1; byte < 256; byte++)
        g_string_append_c(all, (char)byte);
    encoded = uri_encode(all->str, URI_KEEP_SLASH);
    decoded = uri_decode(encoded, NULL);
    cr_assert_str_eq(decoded, all->str);
    cr_assert(uri_decode_form(encoded, NULL));
    cr_assert_str_eq(encoded, all->str);
    g_string_free(all, TRUE);
}

Test(uri, plus_is_a_space_in_forms_only)
{
    g_autofree char *plain = uri_decode("a+b%2Bc%2f", NULL);
    char form[] = "a+b%2Bc%2f";

    cr_assert_str_eq(plain, "a+b+c/");
    cr_assert(uri_decode_form(form, NULL));
    cr_assert_str_eq(form, "a b+c/");
}

Test(uri, malformed_escapes_are_refused)
{
    static const char *const bad[] = {"%", "a%2", "%g0", "%0g", "%%41", "%00", "a%00b", "% 1", "%+1"};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *form = g_strdup(bad[i]);

        cr_assert_null(uri_decode(bad[i], &error), "%s", bad[i]);
        cr_assert_eq(error_class(error), ERROR_INPUT);
        cr_assert_not(uri_decode_form(form, NULL), "%s", bad[i]);
    }
}

Test(uri, endpoints)
{
    static const struct {
        const char *url;
        gboolean is_https;
        const char *host;
        guint port;
        const char *path;
    } good[] = {
        {"http://127.0.0.1:8000", FALSE, "127.0.0.1", 8000, ""},
        {"https://s3.example.com", TRUE, "s3.example.com", 0, ""},
        {"HTTPS://S3.Example.COM/", TRUE, "s3.example.com", 0, ""},
        {"https://h:443/a/b//", TRUE, "h", 0, "/a/b"},
        {"http://h:80", FALSE, "h", 0, ""},
        {"http://h:443", FALSE, "h", 443, ""},
        {"http://[::1]:9000/x%20y", FALSE, "[::1]", 9000, "/x%20y"},
        {"http://h_1:65535", FALSE, "h_1", 65535, ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_auto(UriEndpoint) endpoint = {0};

        cr_assert(uri_parse_endpoint(good[i].url, &endpoint, NULL), "%s", good[i].url);
        cr_assert_eq(endpoint.is_https, good[i].is_https, "%s", good[i].url);
        cr_assert_str_eq(endpoint.host, good[i].host);
        cr_assert_eq(endpoint.port, good[i].port, "%s", good[i].url);
        cr_assert_str_eq(endpoint.path, good[i].path);
    }
}

Test(uri, what_is_no_endpoint)
{
    static const char *const bad[] = {
        "",
        "h",
        "ftp://h",
        "http://",
        "http:///x",
        "http://:80",
        "http://h:",
        "http://h:0",
        "http://h:65536",
        "http://h:8a",
        "http://u@h",
        "http://u:p@h",
        "http://h?x",
        "http://h/?x",
        "http://h#x",
        "http://h/a b",
        "http://h/%2",
        "http://h/\xc3\xa9",
        "http://[::1",
        "http://[]",
        "http://-h",
        "http://.h",
        "http://h\n",
        "http://h:80x/",
        "http://h:+80",
        " http://h",
        "http://[::1]x",
        "http://h:99999999999999999999",
    };
    g_autofree char *label = g_strnfill(254, 'a');
    g_autofree char *long_host = g_strconcat("http://", label, NULL);
    g_autofree char *fill = g_strnfill(URI_MAX_ENDPOINT_BYTES, 'a');
    g_autofree char *long_path = g_strconcat("http://h/", fill, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(bad) + 2; i++) {
        const char *url = i < G_N_ELEMENTS(bad) ? bad[i] : i == G_N_ELEMENTS(bad) ? long_host : long_path;
        UriEndpoint endpoint = {.host = (char *)"untouched"};
        g_autoptr(GError) error = NULL;

        cr_assert_not(uri_parse_endpoint(url, &endpoint, &error), "%s", url);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert_str_eq(endpoint.host, "untouched");
    }
}
