/* Looks at source objects before they are handed to workers: for outputs that get metadata of their original,
 * which has to be known before an upload is signed. Used by the supervisor's dispatcher. */
#pragma once

#include "daemon/dispatcher.h"
#include "store/look.h"

typedef struct Looks Looks;

/* Whether it is looked at objects of this configuration at all. */
gboolean looks_are_needed(const Config *config, const Store *source);

/* What is called for each look, once, from the main loop. The object is the receiver's again; it has a head,
 * or error says why not. */
typedef void (*LooksFunc)(WorkObject *object, const GError *error, void *data);

Looks *looks_new(Store *source, LooksFunc func, void *data);

/* Takes the object until func is called. */
void looks_start(Looks *looks, WorkObject *object);

/* How many are under way. */
guint looks_count(const Looks *looks);

/* Frees the objects of those that are. NULL is allowed. */
void looks_free(Looks *looks);
