/* An object with work to do, from the comparison that found its missing outputs until they are made or have
 * failed. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "store/store.h"

typedef struct {
    char *key;         /* relative to the source's prefix */
    char *etag;        /* as listed; may be NULL */
    char *version;     /* store_object_version() */
    gboolean is_known; /* the failure memory has entries about it, to be removed when it is made */
    guint recalled;    /* outputs that are skipped, because they failed in an earlier run */
    guint64 size_bytes;
    gint64 mtime_s;        /* as listed */
    StoreHead *head;       /* the source's answer to a HEAD request; NULL if none was sent */
    GArray *outputs;       /* of DiffOutput: outputs still to make */
    GError *failure;       /* the first one; NULL if there is none */
    guint failures;        /* outputs that failed permanently */
    guint tries;           /* attempts that ended with a failure that may pass */
    guint losses;          /* workers that died while they had the object */
    gint64 waits_since_us; /* since when it waits for a worker; 0 while it does not */
    guint64 bytes_in;      /* counted once, however often the source was read */
    guint64 memory_bytes;  /* that a heavy object needs; 0: unknown, or within a worker's share */
    guint64 allowed_bytes; /* memory that its last task allowed */
    guint64 light_pixels;  /* pixels that its last task allowed; 0: any number */
    guint demands;         /* how often its imager has asked for more memory */
} WorkObject;

/* NULL is allowed. */
void work_object_free(WorkObject *object);

/* The i-th output that is still to make. */
const DiffOutput *work_object_output(const WorkObject *object, guint i);

/* The index in outputs of the output with this number of the configuration; -1 if it is not, or no longer, to
 * make. */
gint work_object_find(const WorkObject *object, guint number);

/* The imager asks for more memory than its task allowed, or, for an object that was taken for a light one,
 * for a task that may take long. The number comes from a process that has seen hostile bytes. Stores it for
 * the next task. Class ERROR_LIMIT: it exceeds the budget; ERROR_INTERNAL: the imager asks again and
 * again. */
gboolean work_object_demand(WorkObject *object, guint64 bytes, guint64 budget_bytes, GError **error);
