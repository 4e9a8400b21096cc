/* Where a bucket is reached: scheme, host and path prefix, and the encoded path of a key in it. Supervisor.
 * Immutable after it is made. (AWS, "Virtual hosting of buckets", "General purpose bucket naming rules".) */
#pragma once

#include <glib.h>

typedef enum {
    ENDPOINT_ADDRESSING_AUTO, /* path with an endpoint of one's own, virtual with AWS; dotted names: path */
    ENDPOINT_ADDRESSING_PATH, /* https://host/bucket/key */
    ENDPOINT_ADDRESSING_VIRTUAL, /* https://bucket.host/key */
} EndpointAddressing;

#define ENDPOINT_DEFAULT_REGION "us-east-1"

typedef struct Endpoint Endpoint;

/* url NULL is AWS in region; region NULL is ENDPOINT_DEFAULT_REGION. Class ERROR_CONFIG: a malformed URL or
 * region, a bucket name that the server cannot have, an addressing that it cannot serve. Directory buckets
 * and multi-region access points are refused: they are signed in other ways. */
Endpoint *endpoint_new(const char *url, const char *region, EndpointAddressing addressing, const char *bucket,
                       GError **error);
void endpoint_free(Endpoint *endpoint);

/* The same bucket in another region: AWS has it at another host, an endpoint of one's own where it was.
 * Errors as above. */
Endpoint *endpoint_in_region(const Endpoint *endpoint, const char *region, GError **error);

/* The Host header: with the port, unless it is the scheme's own. */
const char *endpoint_host(const Endpoint *endpoint);
gboolean endpoint_is_aws(const Endpoint *endpoint);
const char *endpoint_region(const Endpoint *endpoint);
const char *endpoint_bucket(const Endpoint *endpoint);

/* The path of a key, encoded once and never normalised; of the bucket itself for "". Owned by the caller. */
char *endpoint_path(const Endpoint *endpoint, const char *key);

/* scheme://host and an encoded path and, unless it is NULL, query. Owned by the caller. */
char *endpoint_url(const Endpoint *endpoint, const char *path, const char *query);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)
