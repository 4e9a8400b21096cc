#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "config/location.h"
#include "config/rules.h"

Test(location, normal_form)
{
    static const struct {
        const char *url;
        LocationKind kind;
        const char *bucket, *prefix, *normal;
    } table[] = {
        {"s3://photos", LOCATION_S3, "photos", "", "s3://photos/"},
        {"s3://photos/", LOCATION_S3, "photos", "", "s3://photos/"},
        {"s3://a.b-c9/x", LOCATION_S3, "a.b-c9", "x/", "s3://a.b-c9/x/"},
        {"s3://photos/x/y z/", LOCATION_S3, "photos", "x/y z/", "s3://photos/x/y z/"},
        {"s3://Pho_tos/", LOCATION_S3, "Pho_tos", "", "s3://Pho_tos/"},
        {"s3://photos//x", LOCATION_S3, "photos", "/x/", "s3://photos//x/"},
        {"s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/mill", LOCATION_S3,
         "arn:aws:s3:eu-west-1:123456789012:accesspoint:mill", "",
         "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mill/"},
        {"s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mill/x/y", LOCATION_S3,
         "arn:aws:s3:eu-west-1:123456789012:accesspoint:mill", "x/y/",
         "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mill/x/y/"},
        {"file:///srv/photos", LOCATION_DIRECTORY, NULL, "/srv/photos/", "file:///srv/photos/"},
        {"file:///srv/ph otos/", LOCATION_DIRECTORY, NULL, "/srv/ph otos/", "file:///srv/ph otos/"},
        {"file:///", LOCATION_DIRECTORY, NULL, "/", "file:///"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_auto(Location) location = {0};
        g_autofree char *normal = NULL;

        cr_assert(location_parse(table[i].url, &location, NULL), "%s", table[i].url);
        cr_assert_eq(location.kind, table[i].kind);
        cr_assert_eq(g_strcmp0(location.bucket, table[i].bucket), 0);
        cr_assert_str_eq(location.prefix, table[i].prefix);
        normal = location_format(&location);
        cr_assert_str_eq(normal, table[i].normal);
    }
}

/* Whether scheme and name followed by this many letters are accepted; if so, the normal form must be accepted
 * too. */
static gboolean accepts(const char *begin, gsize letters)
{
    g_autofree char *filler = g_strnfill(letters, 'p');
    g_autofree char *url = g_strconcat(begin, filler, NULL);
    g_auto(Location) location = {0};
    g_auto(Location) again = {0};
    g_autofree char *normal = NULL;

    if (!location_parse(url, &location, NULL))
        return FALSE;
    normal = location_format(&location);
    cr_assert(location_parse(normal, &again, NULL), "%zu letters", letters);
    cr_assert_str_eq(location.prefix, again.prefix);
    return TRUE;
}

Test(location, the_longest)
{
    /* a prefix and its slash leave one byte for a key, and a path needs its terminator */
    cr_expect(accepts("s3://photos/", LIMIT_KEY_BYTES - 2));
    cr_expect_not(accepts("s3://photos/", LIMIT_KEY_BYTES - 1));
    cr_expect(accepts("file:///", PATH_MAX - 3));
    cr_expect_not(accepts("file:///", PATH_MAX - 2));
}

Test(location, bucket_names_at_aws)
{
    static const char *const possible[] = {"s3://abc", "s3://a.b-c9",
                                           "s3://arn:aws:s3:a:123456789012:accesspoint/abc", "file:///A_B/"};
    static const char *const impossible[] = {"s3://Photos",  "s3://-photos",  "s3://photos-",
                                             "s3://.photos", "s3://pho..tos", "s3://pho_tos"};
    g_autofree char *longest = g_strnfill(63, 'b');
    g_auto(Location) location = {.kind = LOCATION_S3, .bucket = g_strdup(longest)};

    cr_assert(location_is_possible_at_aws(&location));
    location_clear(&location);
    location.bucket = g_strconcat(longest, "b", NULL);
    cr_assert_not(location_is_possible_at_aws(&location));
    for (guint i = 0; i < G_N_ELEMENTS(possible) + G_N_ELEMENTS(impossible); i++) {
        gboolean expected = i < G_N_ELEMENTS(possible);
        const char *url = expected ? possible[i] : impossible[i - G_N_ELEMENTS(possible)];
        g_auto(Location) other = {0};

        cr_assert(location_parse(url, &other, NULL), "%s", url);
        cr_assert_eq(location_is_possible_at_aws(&other), expected, "%s", url);
    }
}

Test(location, illegal_ones_are_refused)
{
    g_autofree char *longest_bucket = g_strnfill(256, 'b');
    g_autofree char *long_bucket_url = g_strconcat("s3://", longest_bucket, NULL);
    g_autofree char *long_prefix = g_strnfill(LIMIT_KEY_BYTES - 1, 'p');
    g_autofree char *long_prefix_url = g_strconcat("s3://photos/", long_prefix, NULL);
    g_autofree char *long_path = g_strnfill(4095, 'p');
    g_autofree char *long_path_url = g_strconcat("file:///", long_path, NULL);
    const char *illegal[] = {
        "",
        "photos",
        "/srv/photos",
        "http://x/",
        "S3://photos/",
        "s3:/photos",
        "s3://",
        "s3:///x",
        "s3://ab",

        "s3://...",
        "s3://pho+tos",
        "s3://pho tos",
        "s3://user@photos/",
        "s3://photos/a\nb",
        "file://srv/photos",
        "file://",
        "file:photos",
        "file://localhost/srv",
        "file:///srv/../etc",
        "file:///srv/./x",
        "file:///srv//x/",
        "file:////",
        "file:///srv/..",
        "file:///srv/\x01",
        long_bucket_url,
        long_prefix_url,
        long_path_url,
    };

    for (guint i = 0; i < G_N_ELEMENTS(illegal); i++) {
        g_autoptr(GError) error = NULL;
        Location location = {0};

        cr_assert_not(location_parse(illegal[i], &location, &error), "%s", illegal[i]);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert_null(location.prefix, "untouched");
    }
}

Test(rules, endpoints)
{
    static const char *const legal[] = {
        "http://127.0.0.1:8000",
        "https://s3.example.org",
        "http://[::1]:9000",
        "https://h/path/x",
        "http://h:1",
        "https://h:65535",
    };
    static const char *const illegal[] = {
        "",
        "127.0.0.1:8000",
        "ftp://h",
        "http://",
        "http:///x",
        "http://h:",
        "http://h:0",
        "http://h:65536",
        "http://h:999999",
        "http://user@h",
        "http://user:pw@h",
        "http://h?x",
        "http://h/#x",
        "http://h/a b",
        "http://[::1",
        "http://[x]",
        "http://h:80x",
        "http://h\n",
        "http://h/\n",
        "http://\xc3\xa9",
        "HTTP://h",
        "http://h:-1",
        "http://[]",
        "http://h\\x",
    };

    for (guint i = 0; i < G_N_ELEMENTS(legal); i++) {
        g_autofree char *endpoint = rule_endpoint(legal[i], NULL);

        cr_assert_not_null(endpoint, "%s", legal[i]);
        cr_assert_str_eq(endpoint, legal[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(illegal); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(rule_endpoint(illegal[i], &error), "%s", illegal[i]);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
    }
}

Test(rules, an_endpoint_loses_the_slash_at_its_end)
{
    g_autofree char *endpoint = rule_endpoint("https://s3.example.org//", NULL);

    cr_assert_str_eq(endpoint, "https://s3.example.org");
}

Test(rules, names_regions_and_paths)
{
    g_autofree char *longest = g_strnfill(64, 'a');
    g_autofree char *longer = g_strnfill(65, 'a');
    g_autofree char *name = rule_output_name(longest, NULL);
    g_autofree char *region = rule_region("eu-west-1", NULL);
    g_autofree char *path = rule_absolute_path("/etc/ca.pem", NULL);
    const char *no_names[] = {"", longer, "A", "a b", "a/b", "a.b", "\xc3\xa9"};
    const char *no_regions[] = {"", longer, "us.east", "us east", "us\n"};
    const char *no_paths[] = {"", "etc/ca.pem", "~/ca.pem", "/etc\n"};

    cr_assert_str_eq(name, longest);
    cr_assert_str_eq(region, "eu-west-1");
    cr_assert_str_eq(path, "/etc/ca.pem");
    for (guint i = 0; i < G_N_ELEMENTS(no_names); i++)
        cr_assert_null(rule_output_name(no_names[i], NULL), "%s", no_names[i]);
    for (guint i = 0; i < G_N_ELEMENTS(no_regions); i++)
        cr_assert_null(rule_region(no_regions[i], NULL), "%s", no_regions[i]);
    for (guint i = 0; i < G_N_ELEMENTS(no_paths); i++)
        cr_assert_null(rule_absolute_path(no_paths[i], NULL), "%s", no_paths[i]);
}
