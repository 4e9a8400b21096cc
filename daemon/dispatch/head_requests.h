/* Sends HEAD requests for source objects before they are handed to workers. Needed for outputs that copy
 * metadata of their original, which must be known before an upload is signed. Used by the supervisor's
 * dispatcher. */
#pragma once

#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "store/store.h"

typedef struct HeadRequests HeadRequests;

/* Whether this configuration needs HEAD requests at all. */
gboolean head_requests_are_needed(const Config *config, const Store *source);

/* Called once for each request, from the main loop. The receiver owns the object again. The object has a
 * head, or error says why not. */
typedef void (*HeadRequestFunc)(WorkObject *object, const GError *error, void *data);

HeadRequests *head_requests_new(Store *source, HeadRequestFunc func, void *data);

/* Takes ownership of the object until func is called. */
void head_requests_start(HeadRequests *requests, WorkObject *object);

/* Number of running requests. */
guint head_requests_count(const HeadRequests *requests);

/* Cancels running requests and frees their objects. NULL is allowed. */
void head_requests_free(HeadRequests *requests);
