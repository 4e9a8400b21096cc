/* What a bucket says of one object beside what it lists: a HEAD request by the supervisor. */
#pragma once

#include <glib.h>

#include "store/store.h"

typedef struct {
    char *etag;         /* without quotes; NULL: not told */
    guint64 size_bytes; /* G_MAXUINT64: not told */
    char *version_id;   /* NULL: the bucket keeps no versions */
    GStrv metadata;     /* lines "x-amz-meta-name: value" */
} StoreHead;

/* NULL is allowed. */
void store_head_free(StoreHead *head);

typedef struct StoreHeadRequest StoreHeadRequest;

/* Called exactly once, from the main loop; not at all after store_head_cancel(). head is the receiver's; NULL
 * with error, valid during the call, of class ERROR_TRANSIENT, ERROR_PERMANENT or ERROR_INTERNAL. The look is
 * gone by then. */
typedef void (*StoreHeadFunc)(StoreHead *head, const GError *error, void *data);

/* Not of a directory, whose files have nothing more to tell. */
StoreHeadRequest *store_head(Store *store, const char *key, StoreHeadFunc func, void *data);

/* NULL is allowed. */
void store_head_cancel(StoreHeadRequest *look);
