/* The address of a bucket: scheme, host and path prefix, and the encoded path of a key in it. Used by the
 * supervisor. Immutable. (AWS, "Virtual hosting of buckets", "General purpose bucket naming rules", "Using
 * access points with compatible Amazon S3 operations".) */
#pragma once

#include <glib.h>

#include "s3/aws/aws_host.h"

typedef enum {
    ENDPOINT_ADDRESSING_AUTO,    /* path style with a custom endpoint and for names with dots, else virtual */
    ENDPOINT_ADDRESSING_PATH,    /* https://host/bucket/key */
    ENDPOINT_ADDRESSING_VIRTUAL, /* https://bucket.host/key */
} EndpointAddressing;

typedef struct Endpoint Endpoint;

typedef struct {
    const char *url;    /* or NULL for AWS in region */
    const char *region; /* or NULL for AWS_DEFAULT_REGION */
    EndpointAddressing addressing;
    AwsHostOptions hosts; /* which of AWS's hosts, if url is NULL */
} EndpointOptions;

/* bucket is a name, or the ARN of an access point, which is in the ARN's region and always addressed by host
 * name. Class ERROR_CONFIG: a malformed URL or region, a bucket name that the server cannot have, an
 * addressing that is impossible there, and what base/s3_arn.h refuses. */
Endpoint *endpoint_new(const EndpointOptions *options, const char *bucket, GError **error);
void endpoint_free(Endpoint *endpoint);

/* Returns the same bucket in another region: at another host with AWS, at the same one with a custom
 * endpoint. Fails for an access point, which exists in one region only. Errors as those of endpoint_new(). */
Endpoint *endpoint_in_region(const Endpoint *endpoint, const char *region, GError **error);

/* The Host header: with the port, unless it is the scheme's default. */
const char *endpoint_host(const Endpoint *endpoint);
gboolean endpoint_is_aws(const Endpoint *endpoint);
const char *endpoint_region(const Endpoint *endpoint);
const char *endpoint_bucket(const Endpoint *endpoint);

/* The encoded path of the endpoint's own URL, such as "" or "/s3". */
const char *endpoint_base_path(const Endpoint *endpoint);
gboolean endpoint_is_https(const Endpoint *endpoint);

/* The path of a key, encoded once and never normalised; the bucket's own path for "". Owned by the caller. */
char *endpoint_path(const Endpoint *endpoint, const char *key);

/* scheme://host followed by an encoded path and a query, which may be NULL. Owned by the caller. */
char *endpoint_url(const Endpoint *endpoint, const char *path, const char *query);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)
