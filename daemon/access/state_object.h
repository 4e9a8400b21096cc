/* A small object of a store that several machines change: it is read as a whole, and replaced only if it is
 * still as it was read. In a bucket by If-Match and If-None-Match, which some servers ignore, so a writer
 * reads once more; in a directory under a lock (flock(2)) on its folder. In a task (concurrent/task.h). Used
 * by the supervisor. docs/adr/0061-recipes-in-force.md */
#pragma once

#include <glib.h>

#include "concurrent/loop.h"
#include "store/store.h"

typedef struct StateObject StateObject;

/* key is relative to the store's prefix. loop and store are borrowed. */
StateObject *state_object_new(Loop *loop, Store *store, const char *key);

/* The object's place, for messages: "s3://web/.thumbmill/recipes.json". Owned by the object. */
const char *state_object_url(const StateObject *object);

/* Reads it; *ret_content is NULL if it does not exist, and else owned by the caller. FALSE with the classes
 * of s3/call.h or store/file.h; ERROR_CANCELLED with the task. */
gboolean state_object_read(StateObject *object, gsize max_bytes, GBytes **ret_content, GError **error);

typedef enum {
    STATE_OBJECT_WRITTEN,
    STATE_OBJECT_LOST, /* it is no longer as it was read: another machine was faster */
    STATE_OBJECT_FAILED,
} StateObjectResult;

/* Replaces what state_object_read() has read last, or creates the object if it did not exist. */
StateObjectResult state_object_replace(StateObject *object, const char *text, GError **error);

/* The store's clock, in the form in which it dates objects: the modification time of an object (with this
 * key) that is written for that. */
gboolean state_object_clock(StateObject *object, const char *key, gint64 *ret_now_s, GError **error);

/* NULL is allowed. */
void state_object_free(StateObject *object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StateObject, state_object_free)
