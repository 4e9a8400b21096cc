/* An object with work to do, from the comparison that found what it lacks until it is made or failed. Used by
 * the supervisor. */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "store/head.h"

typedef struct {
    char *key;         /* relative to the source's prefix */
    char *etag;        /* as listed; may be NULL */
    char *version;     /* store_object_version() */
    gboolean is_known; /* the memory is told what is made of it */
    guint recalled;    /* outputs that are not tried, because they failed before */
    guint64 size_bytes;
    gint64 mtime_s;        /* as listed */
    StoreHead *head;       /* what the source says of it now; NULL: nobody has asked */
    GArray *outputs;       /* of DiffOutput: still to make */
    guint failures;        /* outputs that failed for good */
    guint tries;           /* that ended with a passing failure */
    guint losses;          /* workers that died with it */
    guint64 bytes_in;      /* counted once, however often it was read */
    guint64 memory_bytes;  /* of a heavy one: that it needs; 0: not known, or no more than a worker's share */
    guint64 allowed_bytes; /* that its last task allowed */
    guint64 light_pixels;  /* the same; 0: any number */
    guint demands;         /* for that much */
} WorkObject;

/* NULL is allowed. */
void work_object_free(WorkObject *object);

/* The i-th of those that are still to make. */
const DiffOutput *work_object_output(const WorkObject *object, guint i);

/* The place of the output with this number of the configuration, or -1: it is not to be made, or no more. */
gint work_object_find(const WorkObject *object, guint number);

/* Its imager asks for more memory than its task allowed, or, of an object that was thought light, for a task
 * that may take long; the number is that of a process that has met hostile bytes. Notes it for the next task.
 * Class ERROR_LIMIT: it is more than there is; ERROR_INTERNAL: it asks again and again. */
gboolean work_object_demand(WorkObject *object, guint64 bytes, guint64 budget_bytes, GError **error);
