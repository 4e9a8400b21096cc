/* A task for a worker to read one object, of either store, and nothing else. Used by the supervisor. */
#pragma once

#include "config/model.h"
#include "daemon/protocol/object_task.h"
#include "store/store.h"

/* The task has the configuration's limits, and no outputs: the caller adds their recipes. key is relative to the
 * store, as bytes. Owned by the caller. NULL if the store cannot have such a key. */
ObjectTask *reading_task_new(const Config *config, Store *store, const char *key, GError **error);
