#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "base/s3_arn.h"

static void expect(const char *text, const char *region, const char *account, const char *name)
{
    g_auto(S3Arn) arn = {0};
    g_autoptr(GError) error = NULL;

    cr_assert(s3_arn_parse(text, &arn, &error), "%s", error != NULL ? error->message : "");
    cr_assert_str_eq(arn.region, region);
    cr_assert_str_eq(arn.account, account);
    cr_assert_str_eq(arn.name, name);
}

Test(s3_arn, access_points)
{
    expect("arn:aws:s3:us-west-2:123456789012:accesspoint/mill", "us-west-2", "123456789012", "mill");
    expect("arn:aws:s3:us-west-2:123456789012:accesspoint:a-b9", "us-west-2", "123456789012", "a-b9");
    expect("arn:aws-us-gov:s3:us-gov-west-1:000000000000:accesspoint/abc", "us-gov-west-1", "000000000000",
           "abc");
    expect("arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/abc", "cn-north-1", "123456789012", "abc");
}

static void refuses(const char *text, const char *words)
{
    g_auto(S3Arn) arn = {0};
    g_autoptr(GError) error = NULL;

    cr_assert_not(s3_arn_parse(text, &arn, &error), "%s", text);
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert(strstr(error->message, words) != NULL, "%s", error->message);
    cr_assert_null(arn.name);
}

Test(s3_arn, what_else_there_is_says_why_not)
{
    refuses("arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "is a multi-region access point");
    refuses("arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap", "SigV4A");
    refuses("arn:aws:s3express:us-east-1:123456789012:bucket/b--use1-az4--x-s3",
            "belongs to a directory bucket");
    refuses("arn:aws:s3:us-east-1:123456789012:accesspoint/a--use1-az4--xa-s3",
            "belongs to a directory bucket");
    refuses("arn:aws:s3:::photos", "is the ARN of a bucket or its objects: use the bucket's name");
    refuses("arn:aws:s3:::photos/x", "use the bucket's name");
    refuses("arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/a",
            "belongs to a service other than s3");
    refuses("arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/a",
            "belongs to a service other than s3");
    refuses("arn:aws:iam::123456789012:role/x", "belongs to a service other than s3");
}

Test(s3_arn, what_is_none)
{
    static const char *const points[] = {"arn:aws:s3:us-west-2:123456789012:accesspoint/",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoint/ab",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoint/-ab",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoint/ab-",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoint/Abc",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoint/a.b",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoint/abc/def",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoint/abc:def",
                                         "arn:aws:s3:us-west-2:123456789012:accesspoints/abc",
                                         "arn:aws:s3:us-west-2:123456789012:bucket/abc",
                                         "arn:aws:s3:us-west-2:12345678901:accesspoint/abc",
                                         "arn:aws:s3:us-west-2:12345678901a:accesspoint/abc",
                                         "arn:aws:s3:us_west:123456789012:accesspoint/abc",
                                         "arn:aws:s3:evil.com/:123456789012:accesspoint/abc"};
    static const char *const none[] = {"",
                                       "arn:",
                                       "arn:aws:s3",
                                       "arn::s3:us-west-2:123456789012:accesspoint/abc",
                                       "urn:aws:s3:us-west-2:123456789012:accesspoint/abc",
                                       "arn:gcp:s3:us-west-2:123456789012:accesspoint/abc",
                                       "arn:aws\n:s3:us-west-2:123456789012:accesspoint/abc"};
    g_autofree char *large = g_strnfill(S3_ARN_MAX_BYTES + 1, ':');

    for (gsize i = 0; i < G_N_ELEMENTS(points); i++)
        refuses(points[i], "is not the ARN of an access point");
    for (gsize i = 0; i < G_N_ELEMENTS(none); i++)
        refuses(none[i], "is not an ARN: ");
    refuses(large, "is not an ARN: ");
}

Test(s3_arn, ends_before_the_prefix)
{
    cr_assert_eq(s3_arn_length("arn:aws:s3:r:1:accesspoint/abc"), 30);
    cr_assert_eq(s3_arn_length("arn:aws:s3:r:1:accesspoint/abc/x/y"), 30);
    cr_assert_eq(s3_arn_length("arn:aws:s3:r:1:accesspoint:abc/x:y/"), 30);
    cr_assert_eq(s3_arn_length("arn:aws:s3:::photos/x"), 19);
    cr_assert_eq(s3_arn_length("arn:a/b"), 5);
    cr_assert_eq(s3_arn_length("arn:"), 4);
}

Test(s3_arn, names_that_only_look_like_a_buckets)
{
    g_autoptr(GError) directory = NULL, region = NULL;

    cr_assert(s3_arn_check_name("photos", NULL));
    cr_assert(s3_arn_check_name("x-s3", NULL));
    cr_assert_not(s3_arn_check_name("photos--use1-az4--x-s3", &directory));
    cr_assert(strstr(directory->message, "belongs to a directory bucket") != NULL);
    cr_assert_not(s3_arn_check_name("mfzwi23gnjvgw.mrap", &region));
    cr_assert(strstr(region->message, "is a multi-region access point") != NULL);
}
