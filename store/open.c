#include "store/open.h"

#include <string.h>

#include "base/error.h"
#include "store/bucket_store.h"
#include "store/directory_store.h"
#include "store/store_type.h"

#define S3_SCHEME   "s3://"
#define FILE_SCHEME "file://"

static char *with_slash(const char *prefix)
{
    return *prefix == '\0' || g_str_has_suffix(prefix, "/") ? g_strdup(prefix)
                                                            : g_strconcat(prefix, "/", NULL);
}

/* place is the URL without its scheme. */
static Store *open_bucket(const StoreOptions *options, const char *place, GError **error)
{
    const gsize length = strcspn(place, "/");
    g_autofree char *bucket = g_strndup(place, length);
    g_autofree char *prefix = with_slash(place[length] == '/' ? place + length + 1 : "");

    return bucket_store_open(options, bucket, prefix, error);
}

static Store *open_directory(const StoreOptions *options, const char *path)
{
    g_autofree char *prefix = with_slash(path);

    return directory_store_open(options, prefix);
}

Store *store_open(const StoreOptions *options, GError **error)
{
    Store *store = NULL;

    if (g_str_has_prefix(options->url, S3_SCHEME))
        store = open_bucket(options, options->url + strlen(S3_SCHEME), error);
    else if (g_str_has_prefix(options->url, FILE_SCHEME "/"))
        store = open_directory(options, options->url + strlen(FILE_SCHEME));
    else
        error_set(error, ERROR_CONFIG,
                  "'%s' is not a store: expected s3://BUCKET/[PREFIX/] or file:///DIRECTORY/", options->url);
    if (store != NULL)
        store->url = g_strdup(options->url);
    return store;
}
