#include "s3/aws/aws_host.h"

#include <string.h>

#include "base/error.h"

/* AWS's partitions, found by the prefix of a region's name. Each has its own domain. */
static const struct {
    const char *prefix;
    const char *domain;
    const char *dual_stack; /* for services other than S3 */
} partitions[] = {{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
                  {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
                  {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
                  {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
                  {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
                  {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
                  {"", "amazonaws.com", "api.aws"}};

static gboolean check(const char *region, AwsHostOptions options, GError **error)
{
    gsize length = strlen(region);

    if (length == 0 || length > 63 || strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        error_set(error, ERROR_CONFIG, "'%s' is not an AWS region", region);
        return FALSE;
    }
    if (options.fips && g_str_has_prefix(region, "cn-")) {
        error_set(error, ERROR_CONFIG, "AWS has no FIPS endpoints in %s", region);
        return FALSE;
    }
    return TRUE;
}

static guint partition_of(const char *region)
{
    guint i = 0;

    while (!g_str_has_prefix(region, partitions[i].prefix))
        i++;
    return i;
}

/* A host of S3, whose dual-stack hosts are in the old domain. */
static char *s3_host(const char *name, const char *region, AwsHostOptions options)
{
    return g_strdup_printf("%s%s%s.%s.%s", name, options.fips ? "-fips" : "",
                           options.dual_stack ? ".dualstack" : "", region,
                           partitions[partition_of(region)].domain);
}

char *aws_host(AwsService service, const char *region, AwsHostOptions options, GError **error)
{
    guint partition;

    if (!check(region, options, error))
        return NULL;
    if (service == AWS_SERVICE_S3)
        return s3_host("s3", region, options);
    partition = partition_of(region);
    return g_strdup_printf("sts%s.%s.%s", options.fips ? "-fips" : "", region,
                           options.dual_stack ? partitions[partition].dual_stack
                                              : partitions[partition].domain);
}

char *aws_host_of_access_points(const char *region, AwsHostOptions options, GError **error)
{
    return check(region, options, error) ? s3_host("s3-accesspoint", region, options) : NULL;
}
