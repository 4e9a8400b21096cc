/* The caller's side of an imager (proc_imager.c): starting one, handing it a source, and taking what it made.
 *
 * Used by whoever has an imager: the worker, and the main process for previews. An imager meets hostile
 * bytes, so what comes back is checked here against what was asked for, and nowhere else. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "concurrent/process_executor.h"
#include "daemon/protocol/messages.h"

typedef struct {
    gint64 task_timeout_ms;
    guint max_tasks;          /* until it is replaced */
    gboolean best_effort;     /* it works behind an incomplete sandbox too */
    guint64 max_output_bytes; /* that one output may have; 0: not limited */
    guint64 memory_bytes;     /* that all imagers together may take for images; 0: not limited */
    /* As in ProcessExecutorOptions; may be NULL. */
    void (*on_child)(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data);
    void *data;
} ImagerOptions;

/* An executor with one imager, which takes one task at a time, so that a crash names exactly one image. NULL,
 * with class ERROR_CONFIG, if its executable is missing. Imagers are expendable (concurrent/expendable.h). */
ProcessExecutor *imager_start(const ImagerOptions *options, GMainContext *context, GError **error);

/* Kills the imager with what it has in hand: a fresh one takes its place. */
void imager_replace(ProcessExecutor *imager);

/* Hands it a sealed source. target: TARGET_RENDER or TARGET_EXPLAIN; of the task its limits and recipes.
 * Fails as executor_submit(). A failure that the imager answers with has class ERROR_INPUT, ERROR_LIMIT, or
 * ERROR_INTERNAL, which stands for all others, and a text of bounded length.
 *
 * With the source go the memory files that its answer may be in, as an imager cannot make any. ret_files,
 * unless it is NULL: an empty list to which the caller's own descriptors of these are added. */
Future *imager_submit(ProcessExecutor *imager, const char *target, const ObjectTask *task, const Blob *source,
                      FdList *ret_files, GError **error);

/* Empties and closes memory files that an imager was given, once its answer was taken: it may have kept them.
 * Returns the bytes that are still in them: those of sealed ones. */
guint64 imager_files_empty(FdList *files);

/* The same message for callers that have executors of their own: adds the descriptors to fds. NULL with class
 * ERROR_INTERNAL if none are left. */
GVariant *imager_order(const ObjectTask *task, const Blob *source, FdList *fds, FdList *ret_files,
                       GError **error);

/* One output. */
typedef struct {
    GError *error; /* why it could not be made, or NULL; with an error, nothing else is set */
    Blob *bytes;   /* not empty */
    guint32 width; /* of a frame; possible for the recipe, as is the format */
    guint32 height;
    ImageFormat format; /* never FORMAT_SOURCE */
    guint32 frames;     /* 1 or more */
    guint32 quality;    /* 0 .. 100; 0: lossless */
    guint32 spent_ms;   /* as Rendition of imaging/render.h */
} Rendered;

typedef struct {
    guint64 memory_bytes; /* not 0: it takes so much, and more of that or of time than the task allows;
                           * nothing was made */
    GArray *outputs;      /* of Rendered, in the order of the task's outputs */
    GStrv warnings;       /* as in ObjectResult */
} Rendering;

/* What came of TARGET_RENDER; value is the future's result. The failure of an output has class ERROR_INPUT,
 * ERROR_LIMIT, ERROR_CONFIG or ERROR_INTERNAL. Class ERROR_INTERNAL: the imager has broken its contract. */
Rendering *rendering_adopt(const ObjectTask *task, Future *future, GVariant *value, GError **error);

const Rendered *rendering_output(const Rendering *rendering, guint i);
void rendering_free(Rendering *rendering);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendering, rendering_free)
