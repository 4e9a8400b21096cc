#include "daemon/worker/worker_imager.h"

#include <stdlib.h>
#include <sys/sysinfo.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/task.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"

/* Bytes of outputs that an imager may make before it is replaced: those of thousands of thumbnails. */
#define MAX_GIVEN_BYTES (G_GUINT64_CONSTANT(256) << 20)

/* How many threads the system may have gained during a rendering: as many as a busy machine starts. */
#define MAX_MORE_THREADS 256

/* Turns */

static void give_turn(WorkerImager *imager)
{
    Future *next;

    while ((next = g_queue_pop_head(&imager->waiting)) != NULL) {
        if (future_begin(next)) {
            future_set_result(next, g_variant_new("()"), NULL);
            return;
        }
    }
    imager->is_taken = FALSE;
}

/* Waits until it is the caller's turn. FALSE with *error set if the loop is being closed. */
static gboolean take_turn(WorkerImager *imager, GError **error)
{
    g_autoptr(Future) turn = NULL;

    if (!imager->is_taken) {
        imager->is_taken = TRUE;
        return TRUE;
    }
    turn = loop_create_future(imager->loop);
    g_queue_push_tail(&imager->waiting, turn);
    if (await(turn, error) != NULL)
        return TRUE;
    if (!g_queue_remove(&imager->waiting, turn) && !future_cancelled(turn))
        give_turn(imager);
    return FALSE;
}

/* Attempts */

/* Replaces an imager that has broken its contract, as none of ours would: it has been compromised, or is
 * broken. */
static void replace(WorkerImager *imager, const GError *fault)
{
    g_free(imager->fault);
    imager->fault = g_strdup(fault->message);
    imager_replace(imager->executor);
}

static Rendering *render_once(WorkerImager *imager, const ObjectTask *task, const Blob *source,
                              GError **error)
{
    g_auto(FdList) files = {.count = 0};
    g_autoptr(Future) rendered = imager_submit(imager->executor, TARGET_RENDER, task, source, &files, error);
    GVariant *value = rendered != NULL ? await(rendered, error) : NULL;
    Rendering *rendering;

    /* No imager can be started any more: the object is not to blame, and this worker is useless. */
    if (process_executor_broken(imager->executor) != NULL)
        exit(EXIT_FAILURE);
    rendering = value != NULL ? rendering_adopt(task, rendered, value, error) : NULL;
    imager->given_bytes += imager_files_empty(&files);
    return rendering;
}

/* Number of threads in the whole system, modulo 2^16; 0 if the kernel does not tell. The sandbox hides the
 * numbers of other processes. */
static guint16 count_threads(void)
{
    struct sysinfo info;

    return sysinfo(&info) == 0 ? info.procs : 0;
}

/* A compromised imager may keep threads, or the memory files of its outputs, and that cannot be detected with
 * certainty: it is replaced if it may have done so. threads_before: from count_threads(). */
static void recycle_if_due(WorkerImager *imager, guint16 threads_before)
{
    const gint16 more_threads = (gint16)(guint16)(count_threads() - threads_before);

    if (imager->given_bytes <= MAX_GIVEN_BYTES && more_threads <= MAX_MORE_THREADS)
        return;
    imager->given_bytes = 0;
    process_executor_recycle(imager->executor);
}

/* Renders once. *ret_lost: whether the attempt cost an imager, which died, was killed because it took too
 * long, or is being replaced. An imager that reports an exceeded limit stays alive. */
static Rendering *try(WorkerImager *imager, const ObjectTask *task, const Blob *source, gboolean *ret_lost,
                      GError **error)
{
    const guint deaths = imager->deaths;
    GError *failure = NULL;
    Rendering *rendering = render_once(imager, task, source, &failure);

    *ret_lost = FALSE;
    if (rendering != NULL)
        return rendering;
    if (error_class(failure) == ERROR_INTERNAL) {
        replace(imager, failure);
        *ret_lost = TRUE;
    } else if (error_class(failure) == ERROR_CRASH) {
        *ret_lost = TRUE;
    } else if (error_class(failure) == ERROR_LIMIT) {
        *ret_lost = imager->deaths != deaths;
    }
    g_propagate_error(error, failure);
    return NULL;
}

/* Second attempt, after an imager was lost: in its successor, which has rendered nothing before, and is
 * replaced afterwards. */
static Rendering *try_alone(WorkerImager *imager, const ObjectTask *task, const Blob *source, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gboolean is_lost;
    Rendering *rendering = try(imager, task, source, &is_lost, &failure);

    imager->given_bytes = 0;
    if (!is_lost)
        process_executor_recycle(imager->executor);
    else if (error_class(failure) != ERROR_INTERNAL)
        g_prefix_error(&failure, "twice while rendering this object, ");
    if (rendering == NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return rendering;
}

/* Interface */

Rendering *worker_imager_render(WorkerImager *imager, const ObjectTask *task, const Blob *source,
                                GError **error)
{
    g_autoptr(GError) failure = NULL;
    Rendering *rendering = NULL;
    gboolean is_lost = FALSE;
    guint16 threads;

    occupancy_change_sources(&imager->occupancy, 1, clock_now_us());
    if (take_turn(imager, &failure)) {
        threads = count_threads();
        rendering = try(imager, task, source, &is_lost, &failure);
        if (is_lost) {
            g_clear_error(&failure);
            rendering = try_alone(imager, task, source, &failure);
        } else {
            recycle_if_due(imager, threads);
        }
        give_turn(imager);
    }
    occupancy_change_sources(&imager->occupancy, -1, clock_now_us());
    if (rendering == NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return rendering;
}

static GVariant *explain(WorkerImager *imager, const ObjectTask *task, const Blob *source, GError **error)
{
    g_autoptr(Future) explained = imager_submit(imager->executor, TARGET_EXPLAIN, task, source, NULL, error);
    g_autoptr(GError) failure = NULL;
    GVariant *value;

    if (explained == NULL)
        return NULL;
    value = await(explained, &failure);
    if (value != NULL && g_variant_is_of_type(value, G_VARIANT_TYPE(EXPLAIN_RESULT_TYPE)))
        return g_variant_ref(value);
    if (value != NULL)
        error_set(&failure, ERROR_INTERNAL, "the imager returned a result of the wrong type");
    if (error_class(failure) == ERROR_INTERNAL)
        replace(imager, failure);
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}

GVariant *worker_imager_explain(WorkerImager *imager, const ObjectTask *task, const Blob *source,
                                GError **error)
{
    GVariant *value;

    if (!take_turn(imager, error))
        return NULL;
    value = explain(imager, task, source, error);
    give_turn(imager);
    return value;
}

char *worker_imager_take_fault(WorkerImager *imager)
{
    if (imager->fault == NULL)
        imager->deaths++;
    return g_steal_pointer(&imager->fault);
}

void worker_imager_clear(WorkerImager *imager)
{
    if (imager->executor != NULL) {
        executor_shutdown(process_executor_base(imager->executor), TRUE, TRUE);
        executor_free(process_executor_base(imager->executor));
        imager->executor = NULL;
    }
    g_clear_pointer(&imager->fault, g_free);
}
