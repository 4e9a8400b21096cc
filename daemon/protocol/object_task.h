/* The arguments of the target `object`: a worker downloads one object, renders it and uploads its outputs. */
#pragma once

#include <glib.h>

#include "recipe/recipe.h"
#include "recipe/render_limits.h"

typedef struct {
    guint number;           /* of the output in the configuration */
    char *reference;        /* URL or file to upload to: see store/; empty: the answer to ASK_SIGN contains it
                             */
    char **headers;         /* lines "Name: value" that must be sent with the upload, NULL-terminated */
    gboolean keep_existing; /* upload only if the destination has no such object */
    Recipe recipe;
} TaskOutput;

#define SIZE_UNKNOWN G_MAXUINT64

typedef struct {
    char *name;         /* the key, quoted: only for error texts */
    char *reference;    /* where to download it */
    char *etag;         /* as listed; empty if unknown */
    guint64 size_bytes; /* as listed, or SIZE_UNKNOWN */
    guint64 max_source_bytes;
    RenderLimits limits;
    GArray *outputs; /* of TaskOutput */
} ObjectTask;

#define OBJECT_ARGS_TYPE "(ssstt" RENDER_LIMITS_VARIANT_TYPE "a(usasb" RECIPE_VARIANT_TYPE "))"

/* Takes no ownership. */
GVariant *object_task_to_variant(const ObjectTask *task);
ObjectTask *object_task_from_variant(GVariant *variant, GError **error);
ObjectTask *object_task_new(void);
const TaskOutput *object_task_output(const ObjectTask *task, guint i);

/* Adds an output that is made but not uploaded. */
void object_task_add_recipe(ObjectTask *task, guint number, const Recipe *recipe);
void object_task_free(ObjectTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObjectTask, object_task_free)

/* The most memory files that a rendering needs: one for each output, a second one during the search for a
 * quality that keeps a size limit, one for the trial of an encoder, and one for a large answer. */
guint object_task_count_files(const ObjectTask *task);

/* The arguments of a task's rendering, floating. source and files are the indices of the source and of the
 * first of n_files memory files in the list of descriptors. */
GVariant *object_task_render_args(const ObjectTask *task, gint32 source, gint32 files, guint n_files);
