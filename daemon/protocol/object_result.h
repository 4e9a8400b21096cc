/* The result of the target `object`: a worker reports what became of one object. The supervisor reads it, and
 * believes it no further than daemon/dispatch/belief.h says. */
#pragma once

#include <glib.h>

#include "base/request_counters.h"
#include "daemon/protocol/occupancy.h"
#include "daemon/protocol/stage.h"

typedef struct {
    guint number;       /* of the output in the configuration */
    GError *error;      /* NULL if the output was made */
    guint64 size_bytes; /* of the rendered bytes, also if their upload failed; 0 if there are none */
    gboolean existed;   /* nothing was uploaded because the output already existed; together with an error:
                         * the existing one is stale */
} OutputResult;

/* The worker's activity since its last result. */
typedef struct {
    RequestCounters requests;
    ImagerTimes imager;
} WorkerCounters;

typedef struct {
    GError *error; /* failure of the whole object; outputs is then empty */
    guint64 bytes_in;
    guint64 memory_bytes; /* if not 0: the object needs this much memory, which exceeds its task's limit, or
                           * it needs more time than the task allows; it was not decoded, and outputs is empty
                           */
    GArray *outputs;      /* of OutputResult */
    StageTimes stages;    /* without STAGE_WAIT, which a worker does not know */
    GStrv warnings;       /* defects of the source that were ignored; NULL if none */
    WorkerCounters counters;
} ObjectResult;

/* WorkerCounters as a tuple. */
#define COUNTERS_TYPE                                                                                        \
    "(tttttttt"                                                                                              \
    "ttttttttt"                                                                                              \
    "tttttttttt"                                                                                             \
    "tttttttttt"                                                                                             \
    "tttttttttt"                                                                                             \
    "ttt)"
#define OBJECT_RESULT_TYPE "(m(is)tta(um(is)tb)as" COUNTERS_TYPE STAGE_TIMES_TYPE ")"

ObjectResult *object_result_new(void);
GVariant *object_result_to_variant(const ObjectResult *result);
ObjectResult *object_result_from_variant(GVariant *variant, GError **error);
void object_result_free(ObjectResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObjectResult, object_result_free)

/* Limits for the warnings of a rendering, which are for people to read: their number, and the bytes of each.
 */
#define WARNINGS_MAX       8u
#define WARNINGS_MAX_BYTES 512u

/* An array of strings from another process, cut to these limits. Owned by the caller. */
GStrv warnings_from_variant(GVariant *list);
