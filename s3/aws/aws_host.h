/* Names of AWS's own hosts. Pure. (AWS General Reference, "Amazon S3 endpoints", "AWS Security Token Service
 * endpoints"; AWS SDKs and Tools Reference Guide, "Dual-stack and FIPS endpoints".) */
#pragma once

#include <glib.h>

#include "s3/aws/aws_settings.h"

#define AWS_DEFAULT_REGION "us-east-1"

typedef struct {
    gboolean dual_stack; /* hosts with IPv4 and IPv6 addresses */
    gboolean fips;       /* hosts with validated cryptography; some regions have none, and the name does not
                          * resolve */
} AwsHostOptions;

/* A service's host, such as "s3.eu-west-1.amazonaws.com". Class ERROR_CONFIG: the region cannot be part of a
 * host name; FIPS in China, which has no such hosts. Owned by the caller. */
char *aws_host(AwsService service, const char *region, AwsHostOptions options, GError **error);

/* The host of access points, before which an access point's name is put:
 * "s3-accesspoint.eu-west-1.amazonaws.com". Errors and ownership as those of aws_host(). */
char *aws_host_of_access_points(const char *region, AwsHostOptions options, GError **error);
