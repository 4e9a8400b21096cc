/* A store in memory, for tests: a bucket as far as its users can tell, but without an S3Client. Its
 * references are "memory:KEY". */
#pragma once

#include "base/error.h"
#include "store/store.h"

/* Objects per page. */
#define MEMORY_STORE_PAGE 3u

Store *memory_store_new(const char *url, GMainContext *context);

/* Adds or replaces an object; its ETag is made from key and time. */
void memory_store_put(Store *store, const char *key, gint64 mtime_s);
void memory_store_remove(Store *store, const char *key);
void memory_store_archive(Store *store, const char *key);
gboolean memory_store_has(const Store *store, const char *key);

/* The lines of metadata that a HEAD request for the key answers from now on; none if this was not called. */
void memory_store_mark(Store *store, const char *key, const char *metadata);

/* Pages and HEAD requests fail, until class is ERROR_CLASS_NONE. */
#define ERROR_CLASS_NONE ((ErrorClass)(-1))
void memory_store_fail(Store *store, ErrorClass class);

/* Whether there are credentials. */
void memory_store_set_credentials(Store *store, gboolean has_credentials);

guint memory_store_pages(const Store *store); /* requested so far */
guint memory_store_heads(const Store *store);
