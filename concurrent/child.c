#include "concurrent/child.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "concurrent/wire.h"
#include "ipc/channel.h"

struct Child {
    const ChildOptions *options;
    Channel *channel;
    WireMark *mark; /* shared with the parent */
    gboolean closed;
    int status;
};

/* Many items for one target that travel as one task: the first that fails is the failure of all. */
typedef struct {
    guint64 number;
    GPtrArray *results; /* of GVariant, NULL where an item has not been answered yet */
    gsize pending;
    GError *error;
} Chunk;

struct ChildCall {
    Child *child;
    guint64 number;
    Chunk *chunk; /* NULL: a task of its own */
    gsize item;   /* in the chunk */
};

static void child_close(Child *child, int status)
{
    child->closed = TRUE;
    child->status = status;
    channel_close(child->channel);
}

static ChildCall *call_new(Child *child, guint64 number)
{
    ChildCall *call = g_new0(ChildCall, 1);

    call->child = child;
    call->number = number;
    return call;
}

/* results is taken. A floating one is sunk. */
static void send_result(Child *child, guint64 number, GVariant *result, FdList *fds)
{
    GVariant *parts[] = {g_variant_new_uint64(number), g_variant_new_variant(result)};

    channel_send(child->channel, WIRE_DONE, g_variant_new_tuple(parts, G_N_ELEMENTS(parts)), fds);
}

static void send_failure(Child *child, guint64 number, const GError *error)
{
    g_autofree char *text = g_utf8_make_valid(error->message, -1);

    channel_send(child->channel, WIRE_FAILED,
                 g_variant_new("(tis)", number, (gint32)error_class(error), text), NULL);
}

static void unref_if_any(void *value)
{
    if (value != NULL)
        g_variant_unref(value);
}

static void chunk_free(Chunk *chunk)
{
    g_ptr_array_unref(chunk->results);
    g_clear_error(&chunk->error);
    g_free(chunk);
}

/* The results as an array of their type; of variants if they have several. */
static GVariant *chunk_pack(const Chunk *chunk)
{
    GVariant **values = (GVariant **)chunk->results->pdata;
    const GVariantType *type = chunk->results->len > 0 ? g_variant_get_type(values[0]) : G_VARIANT_TYPE("v");
    GVariantBuilder builder;
    guint alike = 0;

    while (alike < chunk->results->len && (g_variant_get_type(values[alike]) == type ||
                                           g_variant_type_equal(g_variant_get_type(values[alike]), type)))
        alike++;
    if (alike == chunk->results->len)
        return g_variant_new_array(type, values, alike);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("av"));
    for (guint i = 0; i < chunk->results->len; i++)
        g_variant_builder_add_value(&builder, g_variant_new_variant(values[i]));
    return g_variant_builder_end(&builder);
}

/* An item was answered; the last one answers for all. */
static void chunk_count(Child *child, Chunk *chunk)
{
    if (--chunk->pending > 0)
        return;
    if (chunk->error != NULL)
        send_failure(child, chunk->number, chunk->error);
    else
        send_result(child, chunk->number, chunk_pack(chunk), NULL);
    chunk_free(chunk);
}

void child_call_return(ChildCall *call, GVariant *result, FdList *fds)
{
    if (call->chunk == NULL) {
        send_result(call->child, call->number, result, fds);
    } else {
        fd_list_free(fds); /* a chunk's results carry none (process_executor.h) */
        call->chunk->results->pdata[call->item] = g_variant_ref_sink(result);
        chunk_count(call->child, call->chunk);
    }
    g_free(call);
}

void child_call_fail(ChildCall *call, GError *error)
{
    if (call->chunk == NULL) {
        send_failure(call->child, call->number, error);
        g_error_free(error);
    } else {
        if (call->chunk->error == NULL)
            call->chunk->error = error;
        else
            g_error_free(error);
        chunk_count(call->child, call->chunk);
    }
    g_free(call);
}

void child_note(Child *child, const char *name, GVariant *value)
{
    channel_send(child->channel, WIRE_NOTE, g_variant_new("(sv)", name, value), NULL);
}

guint child_backlog(const Child *child)
{
    return channel_backlog(child->channel);
}

static const Target *find_target(const ChildOptions *options, const char *name)
{
    for (guint i = 0; i < options->n_targets; i++)
        if (strcmp(options->targets[i].name, name) == 0)
            return &options->targets[i];
    return NULL;
}

/* The target, if it takes arguments of this type; else NULL and *error. */
static const Target *choose_target(const Child *child, const char *name, GVariant *args, GError **error)
{
    const Target *target = find_target(child->options, name);

    if (target == NULL) {
        error_set(error, ERROR_INTERNAL, "no target is called %s", name);
        return NULL;
    }
    if (!g_variant_is_of_type(args, G_VARIANT_TYPE(target->args_type))) {
        error_set(error, ERROR_INTERNAL, "%s takes %s, not %s", name, target->args_type,
                  g_variant_get_type_string(args));
        return NULL;
    }
    return target;
}

static void run_target(ChildCall *call, const char *name, GVariant *args, FdList *fds)
{
    GError *error = NULL;
    const Target *target = choose_target(call->child, name, args, &error);

    if (target == NULL)
        child_call_fail(call, error);
    else
        target->func(call, args, fds, call->child->options->data);
}

static GVariant *chunk_item(GVariant *items, gsize index)
{
    GVariant *item = g_variant_get_child_value(items, index);
    GVariant *inner;

    if (!g_variant_is_of_type(item, G_VARIANT_TYPE_VARIANT))
        return item;
    inner = g_variant_get_variant(item);
    g_variant_unref(item);
    return inner;
}

/* Begins the items one after the other; once one has failed, no further one, as in Python's map. */
static void run_chunk(Child *child, guint64 number, const char *name, GVariant *items)
{
    gsize n = g_variant_n_children(items);
    gboolean several_types = g_variant_is_of_type(items, G_VARIANT_TYPE("av"));
    const Target *target = NULL; /* known, and fit for items of this type, once it has run */
    Chunk *chunk = g_new0(Chunk, 1);

    chunk->number = number;
    chunk->pending = n + 1; /* one more until all have begun */
    chunk->results = g_ptr_array_new_with_free_func(unref_if_any);
    g_ptr_array_set_size(chunk->results, (gint)n);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) item = NULL;
        ChildCall *call;

        if (chunk->error != NULL) {
            chunk->pending -= n - i;
            break;
        }
        item = chunk_item(items, i);
        call = call_new(child, number);
        call->chunk = chunk;
        call->item = i;
        if (target == NULL || several_types)
            run_target(call, name, item, NULL);
        else
            target->func(call, item, NULL, child->options->data);
        if (target == NULL)
            target = find_target(child->options, name);
    }
    chunk_count(child, chunk);
}

static void child_task(Child *child, GVariant *task, FdList *fds)
{
    g_autoptr(GVariant) args = NULL;
    const char *name;
    gboolean is_chunk;
    guint64 number;

    g_variant_get(task, "(tb&sv)", &number, &is_chunk, &name, &args);
    if (child->mark != NULL)
        atomic_store_explicit(&child->mark->begun, number, memory_order_release);
    if (is_chunk && g_variant_is_of_type(args, G_VARIANT_TYPE_ARRAY))
        run_chunk(child, number, name, args);
    else
        run_target(call_new(child, number), name, args, fds);
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

/* Without its memory a child works as well; its parent then blames the oldest task for a death. */
static WireMark *map_mark(FdList *fds)
{
    autofd int fd = fd_list_steal(fds, 0);
    struct stat status;
    void *memory;

    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size < (off_t)sizeof(WireMark))
        return NULL;
    memory = mmap(NULL, sizeof(WireMark), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

static void child_init(Child *child, GVariant *payload, FdList *fds)
{
    const ChildOptions *options = child->options;
    g_autoptr(GVariant) args = NULL;
    g_autoptr(GError) error = NULL;

    g_variant_get(payload, "(v)", &args);
    if (child->mark == NULL)
        child->mark = map_mark(fds);
    if (options->initializer == NULL || options->initializer(child, args, options->data, &error)) {
        channel_send(child->channel, WIRE_READY, NULL, NULL);
        return;
    }
    channel_send(child->channel, WIRE_INIT_FAILED,
                 g_variant_new("(is)", (gint32)error_class(error), error->message), NULL);
    child_close(child, 1);
}

static void child_message(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    (void)channel;
    if (number == WIRE_INIT)
        child_init(data, payload, fds);
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
    Child child = {.options = options};

    child.channel = channel_new(CHANNEL_CHILD_FD, &wire_protocol, MESSAGE_DOWN, context, &handlers, &child);
    if (context == NULL)
        while (channel_read(child.channel))
            continue;
    else
        while (!child.closed)
            g_main_context_iteration(context, TRUE);
    if (options->finalizer != NULL)
        options->finalizer(options->data);
    channel_free(child.channel);
    if (child.mark != NULL)
        (void)munmap(child.mark, sizeof *child.mark);
    return child.status;
}

gboolean child_serve_if_spawned(int argc, char **argv, const ChildOptions *options, int *ret_status)
{
    struct stat status;

    if (argc < 2 || strcmp(argv[1], CHILD_MARKER) != 0)
        return FALSE;
    if (fstat(CHANNEL_CHILD_FD, &status) != 0 || !S_ISSOCK(status.st_mode))
        return FALSE; /* somebody typed it */
    *ret_status = child_serve(options, NULL);
    return TRUE;
}
