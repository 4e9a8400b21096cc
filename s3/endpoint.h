/* Where a bucket is reached: scheme, host and path prefix, and the encoded path of a key in it. Supervisor.
 * Immutable after it is made. (AWS, "Virtual hosting of buckets", "General purpose bucket naming rules",
 * "Using access points with compatible Amazon S3 operations".) */
#pragma once

#include <glib.h>

#include "s3/aws/aws_host.h"

typedef enum {
    ENDPOINT_ADDRESSING_AUTO, /* path with an endpoint of one's own, virtual with AWS; dotted names: path */
    ENDPOINT_ADDRESSING_PATH, /* https://host/bucket/key */
    ENDPOINT_ADDRESSING_VIRTUAL, /* https://bucket.host/key */
} EndpointAddressing;

typedef struct Endpoint Endpoint;

typedef struct {
    const char *url;    /* NULL: AWS in region */
    const char *region; /* NULL: AWS_DEFAULT_REGION */
    EndpointAddressing addressing;
    AwsHostOptions hosts; /* AWS's own, without url */
} EndpointOptions;

/* bucket is a name, or the ARN of an access point, which is in the region of the ARN and before the host's
 * name always. Class ERROR_CONFIG: a malformed URL or region, a bucket name that the server cannot have, an
 * addressing that it cannot serve, what base/s3_arn.h refuses. */
Endpoint *endpoint_new(const EndpointOptions *options, const char *bucket, GError **error);
void endpoint_free(Endpoint *endpoint);

/* The same bucket in another region: AWS has it at another host, an endpoint of one's own where it was. An
 * access point is in no other. Errors as above. */
Endpoint *endpoint_in_region(const Endpoint *endpoint, const char *region, GError **error);

/* The Host header: with the port, unless it is the scheme's own. */
const char *endpoint_host(const Endpoint *endpoint);
gboolean endpoint_is_aws(const Endpoint *endpoint);
const char *endpoint_region(const Endpoint *endpoint);
const char *endpoint_bucket(const Endpoint *endpoint);

/* The path that the endpoint's own URL has, encoded: "", "/s3". */
const char *endpoint_base_path(const Endpoint *endpoint);
gboolean endpoint_is_https(const Endpoint *endpoint);

/* The path of a key, encoded once and never normalised; of the bucket itself for "". Owned by the caller. */
char *endpoint_path(const Endpoint *endpoint, const char *key);

/* scheme://host and an encoded path and, unless it is NULL, query. Owned by the caller. */
char *endpoint_url(const Endpoint *endpoint, const char *path, const char *query);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)
