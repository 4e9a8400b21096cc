/* HEAD requests for single objects of a bucket, which tell more than a listing. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "store/store.h"

typedef struct {
    char *etag;         /* without quotes, or NULL */
    guint64 size_bytes; /* G_MAXUINT64 if unknown */
    char *version_id;   /* NULL if the bucket is not versioned */
    GStrv metadata;     /* lines "x-amz-meta-name: value" */
} StoreHead;

/* NULL is allowed. */
void store_head_free(StoreHead *head);

typedef struct StoreHeadRequest StoreHeadRequest;

/* Called exactly once, from the main loop; never after store_head_cancel(). The receiver owns head, which is
 * NULL on an error; error is valid during the call, of class ERROR_TRANSIENT, ERROR_PERMANENT or
 * ERROR_INTERNAL. The request has ended by then: do not cancel it any more. */
typedef void (*StoreHeadFunc)(StoreHead *head, const GError *error, void *data);

/* Not for a directory, whose files have no more to tell than its listing. */
StoreHeadRequest *store_head(Store *store, const char *key, StoreHeadFunc func, void *data);

/* NULL is allowed. */
void store_head_cancel(StoreHeadRequest *look);
