#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "s3/endpoint.h"

/* Checks the URL of a key. */
static void check(const char *url, const char *region, EndpointAddressing addressing, const char *bucket,
                  const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Endpoint) endpoint = endpoint_new(
        &(EndpointOptions){.url = url, .region = region, .addressing = addressing}, bucket, &error);
    g_autofree char *path = NULL, *full = NULL;

    cr_assert_not_null(endpoint, "%s %s: %s", url, bucket, error != NULL ? error->message : "");
    path = endpoint_path(endpoint, "k y");
    full = endpoint_url(endpoint, path, NULL);
    cr_assert_str_eq(full, expected);
    cr_assert_str_eq(endpoint_bucket(endpoint), bucket);
    cr_assert(strstr(full, endpoint_host(endpoint)) != NULL);
}

Test(endpoint, styles)
{
    check(NULL, NULL, ENDPOINT_ADDRESSING_AUTO, "photos", "https://photos.s3.us-east-1.amazonaws.com/k%20y");
    check(NULL, "eu-west-1", ENDPOINT_ADDRESSING_VIRTUAL, "photos",
          "https://photos.s3.eu-west-1.amazonaws.com/k%20y");
    check(NULL, "eu-west-1", ENDPOINT_ADDRESSING_PATH, "photos",
          "https://s3.eu-west-1.amazonaws.com/photos/k%20y");
    check(NULL, "eu-west-1", ENDPOINT_ADDRESSING_AUTO, "my.photos",
          "https://s3.eu-west-1.amazonaws.com/my.photos/k%20y");
    check(NULL, "cn-north-1", ENDPOINT_ADDRESSING_AUTO, "photos",
          "https://photos.s3.cn-north-1.amazonaws.com.cn/k%20y");
    check("http://127.0.0.1:8000", NULL, ENDPOINT_ADDRESSING_AUTO, "photos",
          "http://127.0.0.1:8000/photos/k%20y");
    check("http://localhost:8000/", NULL, ENDPOINT_ADDRESSING_VIRTUAL, "photos",
          "http://photos.localhost:8000/k%20y");
    check("http://localhost", NULL, ENDPOINT_ADDRESSING_VIRTUAL, "my.photos",
          "http://my.photos.localhost/k%20y");
    check("https://h:443/pre/fix/", NULL, ENDPOINT_ADDRESSING_PATH, "photos",
          "https://h/pre/fix/photos/k%20y");
    check("https://h/pre", NULL, ENDPOINT_ADDRESSING_VIRTUAL, "photos", "https://photos.h/pre/k%20y");
    check("https://h", "auto", ENDPOINT_ADDRESSING_AUTO, "Old_Bucket.Name",
          "https://h/Old_Bucket.Name/k%20y");
}

Test(endpoint, another_region)
{
    g_autoptr(Endpoint) aws = endpoint_new(&(EndpointOptions){0}, "photos", NULL);
    g_autoptr(Endpoint) own = endpoint_new(
        &(EndpointOptions){.url = "http://h", .addressing = ENDPOINT_ADDRESSING_VIRTUAL}, "photos", NULL);
    g_autoptr(Endpoint) aws_there = endpoint_in_region(aws, "eu-west-1", NULL);
    g_autoptr(Endpoint) own_there = endpoint_in_region(own, "eu-west-1", NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_str_eq(endpoint_host(aws_there), "photos.s3.eu-west-1.amazonaws.com");
    cr_assert_str_eq(endpoint_host(own_there), "photos.h");
    cr_assert_str_eq(endpoint_region(own_there), "eu-west-1");
    cr_assert_null(endpoint_in_region(aws, "evil.example/", &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
}

Test(endpoint, a_key_is_encoded_once_and_never_normalised)
{
    g_autoptr(Endpoint) endpoint = endpoint_new(
        &(EndpointOptions){.url = "http://h", .addressing = ENDPOINT_ADDRESSING_PATH}, "bkt", NULL);
    g_autofree char *odd = endpoint_path(endpoint, "/a/../b//./100%25 +?#\xc3\xa9");
    g_autofree char *bucket = endpoint_path(endpoint, "");
    g_autofree char *url = endpoint_url(endpoint, bucket, "list-type=2");

    cr_assert_str_eq(odd, "/bkt//a/../b//./100%2525%20%2B%3F%23%C3%A9");
    cr_assert_str_eq(url, "http://h/bkt/?list-type=2");
    cr_assert_str_eq(endpoint_region(endpoint), AWS_DEFAULT_REGION);
}

static void refuse(const char *url, const char *region, EndpointAddressing addressing, const char *bucket,
                   const char *words)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(endpoint_new(&(EndpointOptions){.url = url, .region = region, .addressing = addressing},
                                bucket, &error),
                   "%s", bucket);
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert(strstr(error->message, words) != NULL, "%s", error->message);
}

Test(endpoint, bucket_names_are_checked)
{
    static const char *const bad_on_aws[] = {
        "",    "ab",   "Abc",      "a_b", "-ab", "ab-",  ".ab",
        "ab.", "a..b", "10.0.0.1", "a/b", "a b", "a\nb", "\xc3\xa9\xc3\xa9",
        "a?b"};
    static const char *const bad_elsewhere[] = {"", "ab", "a/b", "a b", "a?b", "a%b", "...", "a\nb"};
    g_autofree char *name64 = g_strnfill(64, 'a');
    g_autofree char *name256 = g_strnfill(256, 'a');

    for (gsize i = 0; i < G_N_ELEMENTS(bad_on_aws); i++) {
        refuse(NULL, NULL, ENDPOINT_ADDRESSING_AUTO, bad_on_aws[i], "is not a valid bucket name");
        refuse("http://h", NULL, ENDPOINT_ADDRESSING_VIRTUAL, bad_on_aws[i], "is not a valid bucket name");
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad_elsewhere); i++)
        refuse("http://h", NULL, ENDPOINT_ADDRESSING_AUTO, bad_elsewhere[i], "is not a valid bucket name");
    refuse(NULL, NULL, ENDPOINT_ADDRESSING_PATH, name64, "is not a valid bucket name");
    refuse("http://h", NULL, ENDPOINT_ADDRESSING_PATH, name256, "is not a valid bucket name");
}

Test(endpoint, what_is_signed_otherwise_is_refused)
{
    refuse(NULL, NULL, ENDPOINT_ADDRESSING_AUTO, "photos--use1-az4--x-s3", "directory bucket");
    refuse(NULL, NULL, ENDPOINT_ADDRESSING_AUTO, "mfzwi23gnjvgw.mrap", "multi-region access point");
    refuse("http://h", NULL, ENDPOINT_ADDRESSING_AUTO,
           "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "multi-region access point");
}

#define ACCESS_POINT "arn:aws:s3:us-west-2:123456789012:accesspoint:mill"

Test(endpoint, access_points)
{
    const EndpointOptions all = {.region = "eu-west-1", .hosts = {.dual_stack = TRUE, .fips = TRUE}};
    g_autoptr(Endpoint) point = endpoint_new(&all, ACCESS_POINT, NULL);
    g_autoptr(GError) error = NULL;

    check(NULL, "eu-west-1", ENDPOINT_ADDRESSING_AUTO, ACCESS_POINT,
          "https://mill-123456789012.s3-accesspoint.us-west-2.amazonaws.com/k%20y");
    check(NULL, NULL, ENDPOINT_ADDRESSING_VIRTUAL, "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/mill",
          "https://mill-123456789012.s3-accesspoint.cn-north-1.amazonaws.com.cn/k%20y");
    check("https://beta.example:8443/x", NULL, ENDPOINT_ADDRESSING_AUTO, ACCESS_POINT,
          "https://mill-123456789012.beta.example:8443/x/k%20y");
    cr_assert_str_eq(endpoint_region(point), "us-west-2");
    cr_assert_str_eq(endpoint_host(point),
                     "mill-123456789012.s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com");
    cr_assert_null(endpoint_in_region(point, "eu-west-1", &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    refuse(NULL, NULL, ENDPOINT_ADDRESSING_PATH, ACCESS_POINT, "path addressing is not possible");
    refuse("http://127.0.0.1:8000", NULL, ENDPOINT_ADDRESSING_AUTO, ACCESS_POINT, "nor is an IP address");
}

Test(endpoint, dual_stack_and_fips)
{
    const EndpointOptions options = {.region = "us-east-1", .hosts = {.dual_stack = TRUE}};
    const EndpointOptions fips = {.region = "us-east-1", .hosts = {.fips = TRUE}};
    const EndpointOptions own = {.url = "http://h", .hosts = {.dual_stack = TRUE, .fips = TRUE}};
    g_autoptr(Endpoint) dual = endpoint_new(&options, "photos", NULL);
    g_autoptr(Endpoint) there = endpoint_in_region(dual, "eu-west-1", NULL);
    g_autoptr(Endpoint) validated = endpoint_new(&fips, "my.photos", NULL);
    g_autoptr(Endpoint) elsewhere = endpoint_new(&own, "photos", NULL);

    cr_assert_str_eq(endpoint_host(dual), "photos.s3.dualstack.us-east-1.amazonaws.com");
    cr_assert_str_eq(endpoint_host(there), "photos.s3.dualstack.eu-west-1.amazonaws.com");
    cr_assert_str_eq(endpoint_host(validated), "s3-fips.us-east-1.amazonaws.com");
    cr_assert_str_eq(endpoint_host(elsewhere), "h");
}

Test(endpoint, regions_and_styles_are_checked)
{
    refuse(NULL, "", ENDPOINT_ADDRESSING_AUTO, "photos", "is not a valid region");
    refuse(NULL, "eu west", ENDPOINT_ADDRESSING_AUTO, "photos", "is not a valid region");
    refuse(NULL, "evil.example/", ENDPOINT_ADDRESSING_AUTO, "photos", "is not a valid region");
    refuse("h", NULL, ENDPOINT_ADDRESSING_AUTO, "photos", "is not an endpoint");
    refuse("http://127.0.0.1:80", NULL, ENDPOINT_ADDRESSING_VIRTUAL, "photos", "host name");
    refuse("http://[::1]", NULL, ENDPOINT_ADDRESSING_VIRTUAL, "photos", "host name");
    refuse(NULL, NULL, ENDPOINT_ADDRESSING_VIRTUAL, "my.photos", "dots");
    refuse("https://h", NULL, ENDPOINT_ADDRESSING_VIRTUAL, "my.photos", "dots");
}
