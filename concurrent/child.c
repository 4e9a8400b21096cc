#include "concurrent/child.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "concurrent/chunk.h"
#include "concurrent/pulse.h"
#include "concurrent/questions.h"
#include "concurrent/value.h"
#include "concurrent/wire.h"
#include "ipc/channel.h"

struct Child {
    const ChildOptions *options;
    Channel *channel;
    WireMemory *memory;    /* shared with the parent; may be NULL */
    gint64 task_limit_us;  /* or 0 for no limit */
    GHashTable *calls;     /* of TaskCall by number: those that the parent may cancel */
    GMainContext *context; /* NULL in blocking mode */
    Pulse *pulse;          /* NULL if the parent does not watch for one */
    Questions *questions;  /* NULL without a context, or with a target */
    gboolean closed;
    int status;
};

typedef struct Chunk Chunk;

/* A task, or an item of a chunk. */
typedef struct {
    Call base;
    Child *child;
    guint64 number;
    gint64 deadline_us; /* or CLOCK_FOREVER */
    gboolean cancelled; /* the parent has cancelled it */
    Chunk *chunk;       /* the chunk of this item; NULL for a task of its own */
    GVariant *result;   /* of an item, until all items have one */
} TaskCall;

/* Many items for one target that are sent as one task: the first failure of an item is the failure of the
 * chunk. */
struct Chunk {
    guint64 number;
    gsize pending; /* items without a result */
    GError *error;
    gsize n;
    TaskCall calls[];
};

static void child_close(Child *child, int status)
{
    child->closed = TRUE;
    child->status = status;
    channel_close(child->channel);
}

/* Results */

static void send_failure(Child *child, guint64 number, const GError *error)
{
    g_autofree char *text = g_utf8_make_valid(error->message, -1);

    channel_send(child->channel, WIRE_FAILED,
                 g_variant_new("(tis)", number, (gint32)error_class(error), text), NULL);
}

/* Takes ownership of result (floating is sunk) and fds. */
static void send_result(Child *child, guint64 number, GVariant *result, FdList *fds)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(result);
    g_autoptr(FdList) list = fds;
    g_autoptr(GError) error = NULL;
    GVariant *parts[2];

    if (!value_may_cross(value, list, "the result", &error)) {
        send_failure(child, number, error);
        return;
    }
    parts[0] = g_variant_new_uint64(number);
    parts[1] = g_variant_new_variant(value);
    channel_send(child->channel, WIRE_DONE, g_variant_new_tuple(parts, G_N_ELEMENTS(parts)),
                 g_steal_pointer(&list));
}

static GVariant *chunk_result(const Chunk *chunk)
{
    g_autofree GVariant **results = g_new(GVariant *, chunk->n);

    for (gsize i = 0; i < chunk->n; i++)
        results[i] = chunk->calls[i].result;
    return chunk_pack(results, chunk->n);
}

static void chunk_free(Chunk *chunk)
{
    for (gsize i = 0; i < chunk->n; i++)
        g_clear_pointer(&chunk->calls[i].result, g_variant_unref);
    g_clear_error(&chunk->error);
    g_free(chunk);
}

/* Counts an item that has ended; the last one sends the result of the chunk. */
static void chunk_count(Child *child, Chunk *chunk)
{
    if (--chunk->pending > 0)
        return;
    if (chunk->error != NULL)
        send_failure(child, chunk->number, chunk->error);
    else
        send_result(child, chunk->number, chunk_result(chunk), NULL);
    chunk_free(chunk);
}

/* Calls */

static void task_call_free(TaskCall *call)
{
    if (call->child->calls != NULL)
        g_hash_table_remove(call->child->calls, &call->number);
    g_free(call);
}

static void task_return(Call *base, GVariant *result, FdList *fds)
{
    TaskCall *call = (TaskCall *)base;

    if (call->chunk == NULL) {
        send_result(call->child, call->number, result, fds);
        task_call_free(call);
    } else {
        fd_list_free(fds); /* a chunk's results have no descriptors (executor.h) */
        call->result = g_variant_ref_sink(result);
        chunk_count(call->child, call->chunk);
    }
}

static void task_fail(Call *base, GError *error)
{
    TaskCall *call = (TaskCall *)base;

    if (call->chunk == NULL) {
        send_failure(call->child, call->number, error);
        g_error_free(error);
        task_call_free(call);
    } else {
        if (call->chunk->error == NULL)
            call->chunk->error = error;
        else
            g_error_free(error);
        chunk_count(call->child, call->chunk);
    }
}

/* A blocking child reads no messages while a task runs: the parent sets a word in shared memory. */
static gboolean task_is_cancelled(const Call *base)
{
    const TaskCall *call = (const TaskCall *)base;
    const WireMemory *memory = call->child->memory;

    return call->cancelled || (memory != NULL && atomic_load(&memory->cancelled) == call->number);
}

static gint64 task_deadline_us(const Call *base)
{
    return ((const TaskCall *)base)->deadline_us;
}

static TaskCall task_call(Child *child, guint64 number, Chunk *chunk)
{
    static const CallOps ops = {task_return, task_fail, task_is_cancelled, task_deadline_us};
    gint64 limit_us = child->task_limit_us;

    return (TaskCall){.base.ops = &ops,
                      .child = child,
                      .number = number,
                      .deadline_us = limit_us > 0 ? clock_now_us() + limit_us : CLOCK_FOREVER,
                      .chunk = chunk};
}

void child_note(Child *child, const char *name, GVariant *value)
{
    channel_send(child->channel, WIRE_NOTE, g_variant_new("(sv)", name, value), NULL);
}

Future *child_ask(Child *child, const Call *call, const char *name, GVariant *value)
{
    Future *future;

    if (child->questions != NULL)
        return questions_ask(child->questions, call != NULL ? ((const TaskCall *)call)->number : 0, name,
                             value);
    g_variant_unref(g_variant_ref_sink(value));
    future = future_new(NULL);
    (void)future_begin(future);
    future_set_exception(
        future, g_error_new(error_quark(), ERROR_INTERNAL, "%s: this child cannot ask its parent", name));
    return future;
}

guint child_backlog(const Child *child)
{
    return channel_backlog(child->channel);
}

/* Tasks */

/* Begins the items one after the other; after a failure, no further item begins, as in Python's map. */
static void run_chunk(Child *child, guint64 number, const char *name, GVariant *items)
{
    const CallTable *table = &child->options->table;
    const CallTarget *target = NULL; /* accepts items of this type, set once it has run */
    gsize n = g_variant_n_children(items);
    gboolean several_types = g_variant_is_of_type(items, G_VARIANT_TYPE("av"));
    Chunk *chunk = g_malloc0(sizeof(Chunk) + n * sizeof(TaskCall));

    chunk->number = number;
    chunk->n = n;
    chunk->pending = n + 1; /* one more until all items have begun */
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) item = NULL;

        if (chunk->error != NULL) {
            chunk->pending -= n - i;
            break;
        }
        item = chunk_item(items, i);
        chunk->calls[i] = task_call(child, number, chunk);
        if (target == NULL || several_types)
            target = call_table_find(table, name, item, &chunk->error);
        if (target != NULL)
            target->func(&chunk->calls[i].base, item, NULL, table->data);
        else
            chunk->pending--;
    }
    chunk_count(child, chunk);
}

static void child_task(Child *child, GVariant *task, FdList *fds)
{
    g_autoptr(GVariant) args = NULL;
    const char *name;
    gboolean is_chunk;
    guint64 number;
    TaskCall *call;

    g_variant_get(task, "(tb&sv)", &number, &is_chunk, &name, &args);
    if (child->memory != NULL)
        atomic_store_explicit(&child->memory->begun, number, memory_order_release);
    if (is_chunk && g_variant_is_of_type(args, G_VARIANT_TYPE_ARRAY)) {
        run_chunk(child, number, name, args);
        return;
    }
    call = g_new(TaskCall, 1);
    *call = task_call(child, number, NULL);
    if (child->calls != NULL)
        g_hash_table_insert(child->calls, &call->number, call);
    call_run(&call->base, &child->options->table, name, args, fds);
}

static void child_tasks(Child *child, GVariant *payload, FdList *fds)
{
    g_autoptr(GVariant) tasks = g_variant_get_child_value(payload, 0);
    gsize n = g_variant_n_children(tasks);

    for (gsize i = 0; i < n && !child->closed; i++) {
        g_autoptr(GVariant) task = g_variant_get_child_value(tasks, i);

        child_task(child, task, fds);
    }
}

static void child_cancel(Child *child, GVariant *payload)
{
    guint64 number;
    TaskCall *call;

    g_variant_get(payload, "(t)", &number);
    call = child->calls != NULL ? g_hash_table_lookup(child->calls, &number) : NULL;
    if (call != NULL)
        call->cancelled = TRUE;
}

/* The one target of a process */

typedef struct {
    Call base;
    Child *child;
    char *name;
} RunCall;

static void run_end(RunCall *call, int status)
{
    child_close(call->child, status);
    g_free(call->name);
    g_free(call);
}

static void run_return(Call *base, GVariant *result, FdList *fds)
{
    g_variant_unref(g_variant_ref_sink(result));
    fd_list_free(fds);
    run_end((RunCall *)base, 0);
}

/* Prints the failure as Python prints an exception of a process's target. */
static void run_fail(Call *base, GError *error)
{
    (void)fprintf(stderr, "%s: %s\n", ((RunCall *)base)->name, error->message);
    g_error_free(error);
    run_end((RunCall *)base, 1);
}

static gboolean run_is_cancelled(const Call *base)
{
    (void)base;
    return FALSE; /* such a process is terminated instead */
}

static void child_run(Child *child, GVariant *payload, FdList *fds)
{
    static const CallOps ops = {run_return, run_fail, run_is_cancelled, NULL};
    RunCall *call = g_new0(RunCall, 1);
    g_autoptr(GVariant) args = NULL;
    const char *name;

    g_clear_pointer(&child->questions, questions_free);
    g_variant_get(payload, "(&sv)", &name, &args);
    call->base.ops = &ops;
    call->child = child;
    call->name = g_strdup(name);
    call_run(&call->base, &child->options->table, name, args, fds);
}

/* Serving */

/* A child also works without the shared memory; its parent then blames the oldest task if the child dies. */
static void child_map_memory(Child *child, FdList *fds)
{
    autofd int fd = fd_list_steal(fds, 0);

    if (child->memory == NULL)
        child->memory = wire_memory_map(fd);
}

static void child_init(Child *child, GVariant *payload, FdList *fds)
{
    const ChildOptions *options = child->options;
    g_autoptr(GVariant) args = NULL;
    g_autoptr(GError) error = NULL;
    gint64 silence_us;

    g_variant_get(payload, "(vxx)", &args, &child->task_limit_us, &silence_us);
    child_map_memory(child, fds);
    if (silence_us > 0 && child->context != NULL && child->memory != NULL && child->pulse == NULL)
        child->pulse = pulse_give(child->context, &child->memory->beats, silence_us);
    if (options->initializer == NULL || options->initializer(child, args, options->table.data, &error)) {
        channel_send(child->channel, WIRE_READY, NULL, NULL);
        return;
    }
    channel_send(child->channel, WIRE_INIT_FAILED,
                 g_variant_new("(is)", (gint32)error_class(error), error->message), NULL);
    child_close(child, 1);
}

static void child_answer(Child *child, guint32 message, GVariant *payload)
{
    if (child->questions != NULL)
        questions_take(child->questions, message, payload);
}

static void child_message(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    (void)channel;
    if (number == WIRE_INIT)
        child_init(data, payload, fds);
    else if (number == WIRE_RUN)
        child_run(data, payload, fds);
    else if (number == WIRE_CANCEL)
        child_cancel(data, payload);
    else if (number == WIRE_ANSWER || number == WIRE_REFUSAL)
        child_answer(data, number, payload);
    else
        child_tasks(data, payload, fds);
}

static void child_closed(Channel *channel, const GError *why, void *data)
{
    (void)channel;
    child_close(data, why != NULL ? 1 : 0);
}

int child_serve(const ChildOptions *options, GMainContext *context)
{
    static const ChannelHandlers handlers = {child_message, child_closed};
    Child child = {.options = options, .context = context};

    if (context != NULL)
        child.calls = g_hash_table_new(g_int64_hash, g_int64_equal);
    child.channel = channel_new(CHANNEL_CHILD_FD, &wire_protocol, MESSAGE_DOWN, context, &handlers, &child);
    if (context != NULL)
        child.questions = questions_new(child.channel, context);
    if (context == NULL)
        while (channel_read(child.channel))
            continue;
    else
        while (!child.closed)
            g_main_context_iteration(context, TRUE);
    if (child.questions != NULL)
        questions_close(child.questions);
    if (options->finalizer != NULL)
        options->finalizer(options->table.data);
    questions_free(child.questions);
    channel_free(child.channel);
    pulse_free(child.pulse);
    wire_memory_unmap(g_steal_pointer(&child.memory));
    g_clear_pointer(&child.calls, g_hash_table_unref);
    return child.status;
}

gboolean child_serve_if_spawned(int argc, char **argv, const ChildOptions *options, int *ret_status)
{
    struct stat status;

    if (argc < 2 || strcmp(argv[1], CHILD_MARKER) != 0)
        return FALSE;
    if (fstat(CHANNEL_CHILD_FD, &status) != 0 || !S_ISSOCK(status.st_mode))
        return FALSE; /* a person typed the argument */
    *ret_status = child_serve(options, NULL);
    return TRUE;
}
