#include "concurrent/child.h"

#include <string.h>

#include "base/error.h"
#include "concurrent/wire.h"
#include "ipc/channel.h"

struct Child {
    const ChildOptions *options;
    Channel *channel;
    gboolean closed;
    int status;
};

struct ChildCall {
    Child *child;
    guint64 number;
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

void child_call_return(ChildCall *call, GVariant *result, FdList *fds)
{
    channel_send(call->child->channel, WIRE_DONE, g_variant_new("(tv)", call->number, result), fds);
    g_free(call);
}

void child_call_fail(ChildCall *call, GError *error)
{
    g_autofree char *text = g_utf8_make_valid(error->message, -1);

    channel_send(call->child->channel, WIRE_FAILED,
                 g_variant_new("(tis)", call->number, (gint32)error_class(error), text), NULL);
    g_error_free(error);
    g_free(call);
}

void child_note(Child *child, const char *name, GVariant *value)
{
    channel_send(child->channel, WIRE_NOTE, g_variant_new("(sv)", name, value), NULL);
}

static const Target *find_target(const ChildOptions *options, const char *name)
{
    for (guint i = 0; i < options->n_targets; i++)
        if (strcmp(options->targets[i].name, name) == 0)
            return &options->targets[i];
    return NULL;
}

static void child_task(Child *child, GVariant *payload, FdList *fds)
{
    g_autoptr(GVariant) args = NULL;
    const char *name;
    const Target *target;
    guint64 number;
    ChildCall *call;

    g_variant_get(payload, "(t&sv)", &number, &name, &args);
    call = call_new(child, number);
    target = find_target(child->options, name);
    if (target == NULL) {
        child_call_fail(call, g_error_new(error_quark(), ERROR_INTERNAL, "no target is called %s", name));
    } else if (!g_variant_is_of_type(args, G_VARIANT_TYPE(target->args_type))) {
        child_call_fail(call, g_error_new(error_quark(), ERROR_INTERNAL, "%s takes %s, not %s", name,
                                          target->args_type, g_variant_get_type_string(args)));
    } else {
        target->func(call, args, fds, child->options->data);
    }
}

static void child_init(Child *child, GVariant *payload)
{
    const ChildOptions *options = child->options;
    g_autoptr(GVariant) args = NULL;
    g_autoptr(GError) error = NULL;

    g_variant_get(payload, "(v)", &args);
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
        child_init(data, payload);
    else
        child_task(data, payload, fds);
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
    channel_free(child.channel);
    return child.status;
}
