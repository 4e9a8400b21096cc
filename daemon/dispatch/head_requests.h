/* Looks at source objects before they are handed to workers: for outputs that get metadata of their original,
 * which has to be known before an upload is signed. Used by the supervisor's dispatcher. */
#pragma once

#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "store/head.h"

typedef struct HeadRequests HeadRequests;

/* Whether it is looked at objects of this configuration at all. */
gboolean head_requests_are_needed(const Config *config, const Store *source);

/* What is called for each look, once, from the main loop. The object is the receiver's again; it has a head,
 * or error says why not. */
typedef void (*HeadRequestFunc)(WorkObject *object, const GError *error, void *data);

HeadRequests *head_requests_new(Store *source, HeadRequestFunc func, void *data);

/* Takes the object until func is called. */
void head_requests_start(HeadRequests *looks, WorkObject *object);

/* How many are under way. */
guint head_requests_count(const HeadRequests *looks);

/* Frees the objects of those that are. NULL is allowed. */
void head_requests_free(HeadRequests *looks);
