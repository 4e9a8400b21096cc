#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "s3/aws/aws_host.h"

static void expect(AwsService service, const char *region, gboolean dual_stack, gboolean fips,
                   const char *wanted)
{
    g_autofree char *host = aws_host(service, region, (AwsHostOptions){dual_stack, fips}, NULL);

    cr_assert_str_eq(host, wanted);
}

Test(aws_host, of_every_kind)
{
    expect(AWS_SERVICE_S3, "us-east-1", FALSE, FALSE, "s3.us-east-1.amazonaws.com");
    expect(AWS_SERVICE_S3, "eu-west-1", TRUE, FALSE, "s3.dualstack.eu-west-1.amazonaws.com");
    expect(AWS_SERVICE_S3, "us-gov-west-1", FALSE, TRUE, "s3-fips.us-gov-west-1.amazonaws.com");
    expect(AWS_SERVICE_S3, "us-east-1", TRUE, TRUE, "s3-fips.dualstack.us-east-1.amazonaws.com");
    expect(AWS_SERVICE_S3, "cn-north-1", TRUE, FALSE, "s3.dualstack.cn-north-1.amazonaws.com.cn");
    expect(AWS_SERVICE_S3, "us-iso-east-1", FALSE, FALSE, "s3.us-iso-east-1.c2s.ic.gov");
    expect(AWS_SERVICE_S3, "us-isob-east-1", FALSE, FALSE, "s3.us-isob-east-1.sc2s.sgov.gov");
    expect(AWS_SERVICE_S3, "eusc-de-east-1", FALSE, FALSE, "s3.eusc-de-east-1.amazonaws.eu");
    expect(AWS_SERVICE_STS, "eu-west-1", FALSE, FALSE, "sts.eu-west-1.amazonaws.com");
    expect(AWS_SERVICE_STS, "cn-northwest-1", FALSE, FALSE, "sts.cn-northwest-1.amazonaws.com.cn");
    expect(AWS_SERVICE_STS, "us-east-1", TRUE, FALSE, "sts.us-east-1.api.aws");
    expect(AWS_SERVICE_STS, "us-east-1", FALSE, TRUE, "sts-fips.us-east-1.amazonaws.com");
}

Test(aws_host, of_access_points)
{
    g_autofree char *plain = aws_host_of_access_points("us-west-2", (AwsHostOptions){0}, NULL);
    g_autofree char *both = aws_host_of_access_points("us-west-2", (AwsHostOptions){TRUE, TRUE}, NULL);

    cr_assert_str_eq(plain, "s3-accesspoint.us-west-2.amazonaws.com");
    cr_assert_str_eq(both, "s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com");
}

/* The region becomes part of the host name that signed requests are sent to. */
Test(aws_host, what_is_no_region)
{
    static const char *const regions[] = {"",           "evil.com/", "a b", "EU-WEST-1", "eu_west",
                                          "x@evil.com", "a#",        "a?",  "é",         "a\nb"};
    g_autofree char *large = g_strnfill(64, 'a');

    for (guint i = 0; i <= G_N_ELEMENTS(regions); i++) {
        const char *region = i < G_N_ELEMENTS(regions) ? regions[i] : large;
        g_autoptr(GError) error = NULL;

        cr_assert_null(aws_host(AWS_SERVICE_S3, region, (AwsHostOptions){0}, &error));
        cr_assert_eq(error_class(error), ERROR_CONFIG);
    }
}

Test(aws_host, china_has_no_fips)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(aws_host(AWS_SERVICE_S3, "cn-north-1", (AwsHostOptions){.fips = TRUE}, &error));
    cr_assert(strstr(error->message, "no FIPS endpoints") != NULL);
}
