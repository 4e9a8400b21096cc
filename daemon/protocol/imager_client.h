/* The caller's side of an imager (proc_imager.c): starts it, submits sources, and receives the outputs.
 *
 * Used by every process that has an imager: the worker, and the main process for previews. An imager handles
 * hostile bytes, so its answers are checked against the request here, and nowhere else. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "concurrent/process_executor.h"
#include "daemon/protocol/object_task.h"

typedef struct {
    gint64 task_timeout_ms;
    guint max_tasks;          /* until the imager is replaced */
    gboolean best_effort;     /* accept an incomplete sandbox */
    guint64 max_output_bytes; /* limit of one output; 0 for no limit */
    guint64 memory_bytes;     /* limit for the images of all imagers together; 0 for no limit */
    /* As in ProcessExecutorOptions; may be NULL. */
    void (*on_child)(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data);
    void *data;
} ImagerOptions;

/* Starts an executor with one imager, which takes one task at a time, so that a crash identifies exactly one
 * image. NULL, with class ERROR_CONFIG, if its executable is missing. Imagers are expendable
 * (concurrent/expendable.h). */
ProcessExecutor *imager_start(const ImagerOptions *options, GMainContext *context, GError **error);

/* Kills the imager and abandons its task: a fresh imager takes its place. */
void imager_replace(ProcessExecutor *imager);

/* Submits a sealed source. target: TARGET_RENDER or TARGET_EXPLAIN; only the limits and recipes of the task
 * are used. Fails as executor_submit() does. A failure reported by the imager has class ERROR_INPUT,
 * ERROR_LIMIT, or ERROR_INTERNAL (which replaces every other class), and a text of bounded length.
 *
 * The memory files for the outputs are sent along with the source, as an imager cannot create any. ret_files:
 * an empty list to which the caller's own descriptors of these files are added; may be NULL. */
Future *imager_submit(ProcessExecutor *imager, const char *target, const ObjectTask *task, const Blob *source,
                      FdList *ret_files, GError **error);

/* Empties and closes memory files that were given to an imager, once its answer was taken: the imager may
 * have kept their descriptors. Returns the bytes that are still in use: those of sealed files, which cannot
 * be emptied. */
guint64 imager_files_empty(FdList *files);

/* Makes the same message for callers that have executors of their own: adds the descriptors to fds. NULL with
 * class ERROR_INTERNAL if the process has no descriptors left. */
GVariant *imager_order(const ObjectTask *task, const Blob *source, FdList *fds, FdList *ret_files,
                       GError **error);

/* One output. */
typedef struct {
    GError *error; /* why this output could not be made, or NULL; with an error, no other field is set */
    Blob *bytes;   /* not empty */
    guint32 width; /* of a frame; checked, like the format, to be possible for the recipe */
    guint32 height;
    ImageFormat format; /* never FORMAT_SOURCE */
    guint32 frames;     /* 1 or more */
    guint32 quality;    /* 0 to 100; 0: lossless */
    guint32 spent_ms;   /* see Rendition in imaging/render.h */
} Rendered;

typedef struct {
    guint64 memory_bytes; /* if not 0: rendering needs this much memory, which exceeds the task's limit, or it
                           * needs more time than the task allows; nothing was made */
    GArray *outputs;      /* of Rendered, in the order of the task's outputs */
    GStrv warnings;       /* as in ObjectResult */
} Rendering;

/* The result of TARGET_RENDER; value is the future's result. The failure of a single output has class
 * ERROR_INPUT, ERROR_LIMIT, ERROR_CONFIG or ERROR_INTERNAL. Class ERROR_INTERNAL of the call itself: the
 * imager broke its contract. */
Rendering *rendering_adopt(const ObjectTask *task, Future *future, GVariant *value, GError **error);

const Rendered *rendering_output(const Rendering *rendering, guint i);
void rendering_free(Rendering *rendering);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendering, rendering_free)
