/* A bucket as a store (store/store_type.h). Used by the supervisor. */
#pragma once

#include "s3/client.h"
#include "store/store.h"

/* prefix is empty or ends with '/'. Class ERROR_CONFIG; ERROR_PERMANENT without credentials. Called by
 * store_open(). */
Store *bucket_store_open(const StoreOptions *options, const char *bucket, const char *prefix, GError **error);

/* For requests that no other store knows. NULL if the store is no bucket. Borrowed. */
S3Client *store_client(const Store *store);
