/* Names of AWS's own hosts. Pure. (AWS General Reference, "Amazon S3 endpoints", "AWS Security Token Service
 * endpoints"; AWS SDKs and Tools Reference Guide, "Dual-stack and FIPS endpoints".) */
#pragma once

#include <glib.h>

#include "s3/aws/aws_settings.h"

#define AWS_DEFAULT_REGION "us-east-1"

typedef struct {
    gboolean dual_stack; /* addresses of IPv4 and IPv6 */
    gboolean fips;       /* validated cryptography; not everywhere: then the name does not resolve */
} AwsHostOptions;

/* "s3.eu-west-1.amazonaws.com". Class ERROR_CONFIG: a region that is no part of a host name; FIPS in China,
 * which has none. Owned by the caller. */
char *aws_host(AwsService service, const char *region, AwsHostOptions options, GError **error);

/* The host before which an access point's name stands: "s3-accesspoint.eu-west-1.amazonaws.com". As above. */
char *aws_host_of_access_points(const char *region, AwsHostOptions options, GError **error);
