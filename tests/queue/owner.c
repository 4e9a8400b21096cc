#include "tests/queue/owner.h"

#include "base/clock.h"

void owner_init(Owner *owner)
{
    owner->context = g_main_context_new();
    owner->held = g_ptr_array_new();
    owner->bodies = g_ptr_array_new_with_free_func(g_free);
    owner->errors = g_string_new(NULL);
}

void owner_clear(Owner *owner)
{
    queue_free(owner->queue);
    g_ptr_array_unref(owner->held);
    g_ptr_array_unref(owner->bodies);
    g_string_free(owner->errors, TRUE);
    g_main_context_unref(owner->context);
}

static void on_message(QueueMessage *message, void *user)
{
    Owner *owner = user;

    g_ptr_array_add(owner->held, message);
    g_ptr_array_add(owner->bodies, g_strdup(message->body != NULL ? message->body : "(too large)"));
}

static void on_state(const GError *error, void *user)
{
    Owner *owner = user;

    if (error == NULL) {
        owner->ups++;
        return;
    }
    g_string_append_printf(owner->errors, "%s\n", error->message);
    if (owner->drops_all)
        g_ptr_array_set_size(owner->held, 0);
}

QueueListener owner_listener(Owner *owner)
{
    return (QueueListener){.message = on_message, .state = on_state, .user = owner};
}

static gboolean on_limit(void *data)
{
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

void owner_run(Owner *owner, guint held, gint64 limit_us)
{
    gboolean is_over = FALSE;
    g_autoptr(GSource) source = g_timeout_source_new((guint)(limit_us / CLOCK_US_PER_MS));

    g_source_set_callback(source, on_limit, &is_over, NULL);
    g_source_attach(source, owner->context);
    while (!is_over && owner->held->len < held)
        g_main_context_iteration(owner->context, TRUE);
    g_source_destroy(source);
}

void owner_await_error(const Owner *owner)
{
    while (owner->errors->len == 0)
        g_main_context_iteration(owner->context, TRUE);
}

void owner_finish_all(Owner *owner)
{
    for (guint i = 0; i < owner->held->len; i++)
        queue_finish(owner->queue, g_ptr_array_index(owner->held, i));
    g_ptr_array_set_size(owner->held, 0);
}

static void on_closed(void *user)
{
    Owner *owner = user;

    queue_free(owner->queue);
    owner->queue = NULL;
}

void owner_close(Owner *owner)
{
    g_ptr_array_set_size(owner->held, 0);
    queue_close(owner->queue, on_closed, owner);
    while (owner->queue != NULL)
        g_main_context_iteration(owner->context, TRUE);
}
