#include "queue/amqp_dial.h"

#include <string.h>
#include <sys/time.h>

#include "base/error.h"

#define FRAME_MAX 131072

/* The part of a broker's own words that is kept. */
#define MAX_WORDS 300

struct AmqpDial {
    AmqpTarget target;
    GMainContext *context;
    AmqpDialled done; /* NULL: cancelled; used by the main loop only */
    void *user;
    amqp_connection_state_t connection;
    GError *error;
};

void amqp_target_copy(const AmqpTarget *target, AmqpTarget *ret_copy)
{
    *ret_copy = *target;
    ret_copy->host = g_strdup(target->host);
    ret_copy->vhost = g_strdup(target->vhost);
    ret_copy->user = g_strdup(target->user);
    ret_copy->queue = g_strdup(target->queue);
    ret_copy->ca_file = g_strdup(target->ca_file);
    ret_copy->password = secret_new(secret_peek(target->password), secret_size(target->password));
}

void amqp_target_clear(AmqpTarget *target)
{
    g_free(target->host);
    g_free(target->vhost);
    g_free(target->user);
    g_free(target->queue);
    g_free(target->ca_file);
    secret_free(target->password);
}

static void dial_free(void *data)
{
    AmqpDial *dial = data;

    if (dial->connection != NULL)
        amqp_destroy_connection(dial->connection);
    g_clear_error(&dial->error);
    amqp_target_clear(&dial->target);
    g_main_context_unref(dial->context);
    g_free(dial);
}

void amqp_set_closed(GError **error, const char *what, const amqp_method_t *method)
{
    guint code;
    amqp_bytes_t text;

    if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *closed = method->decoded;

        code = closed->reply_code;
        text = closed->reply_text;
    } else if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *closed = method->decoded;

        code = closed->reply_code;
        text = closed->reply_text;
    } else {
        error_set(error, ERROR_TRANSIENT, "%s: the broker sent an unexpected method 0x%x", what, method->id);
        return;
    }
    /* 320: closed by an operator; 541: the broker's own failure. The others say that it will not. */
    error_set(error, code == 320 || code == 541 ? ERROR_UNAVAILABLE : ERROR_PERMANENT, "%s: %u %.*s", what,
              code, (int)MIN(text.len, MAX_WORDS), (const char *)text.bytes);
}

static gboolean is_ok(AmqpDial *dial, amqp_rpc_reply_t reply, const char *step)
{
    if (reply.reply_type == AMQP_RESPONSE_NORMAL)
        return TRUE;
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
        amqp_set_closed(&dial->error, step, &reply.reply);
    else
        error_set(&dial->error, ERROR_UNAVAILABLE, "%s: %s", step, amqp_error_string2(reply.library_error));
    return FALSE;
}

static gboolean dial_socket(AmqpDial *dial)
{
    const AmqpTarget *target = &dial->target;
    const struct timeval limit = {.tv_sec = AMQP_DIAL_STEP_S};
    amqp_socket_t *socket =
        target->is_tls ? amqp_ssl_socket_new(dial->connection) : amqp_tcp_socket_new(dial->connection);
    int status = AMQP_STATUS_OK;

    if (socket == NULL) {
        error_set(&dial->error, ERROR_TRANSIENT, "no memory for a connection");
        return FALSE;
    }
    if (target->is_tls) {
        amqp_ssl_socket_set_verify_peer(socket, 1);
        amqp_ssl_socket_set_verify_hostname(socket, 1);
        status = amqp_ssl_socket_set_cacert(socket, target->ca_file);
    }
    if (status != AMQP_STATUS_OK) {
        error_set(&dial->error, ERROR_CONFIG, "%s: %s", target->ca_file, amqp_error_string2(status));
        return FALSE;
    }
    status = amqp_socket_open_noblock(socket, target->host, target->port, &limit);
    if (status != AMQP_STATUS_OK)
        error_set(&dial->error, ERROR_UNAVAILABLE, "%s:%u: %s", target->host, target->port,
                  amqp_error_string2(status));
    return status == AMQP_STATUS_OK;
}

/* consumer_cancel_notify: RabbitMQ then says when the queue is deleted, and on a timeout of an answer. */
static gboolean dial_login(AmqpDial *dial)
{
    const AmqpTarget *target = &dial->target;
    amqp_table_entry_t capability = {.key = amqp_cstring_bytes("consumer_cancel_notify"),
                                     .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
    amqp_table_entry_t properties[] = {
        {.key = amqp_cstring_bytes("capabilities"),
         .value = {.kind = AMQP_FIELD_KIND_TABLE, .value.table = {1, &capability}}},
        {.key = amqp_cstring_bytes("product"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("thumbmill")}},
    };
    const amqp_table_t table = {G_N_ELEMENTS(properties), properties};
    amqp_rpc_reply_t reply = amqp_login_with_properties(
        dial->connection, target->vhost, AMQP_CHANNEL, FRAME_MAX, (int)target->heartbeat_s, &table,
        AMQP_SASL_METHOD_PLAIN, target->user, secret_peek(target->password));

    /* A virtual host that is not there, or not ours: librabbitmq meets the end of the connection instead of an
     * answer. */
    return is_ok(dial, reply, "login");
}

static gboolean dial_consume(AmqpDial *dial)
{
    const AmqpTarget *target = &dial->target;
    const amqp_bytes_t queue = amqp_cstring_bytes(target->queue);
    g_autofree char *what = g_strdup_printf("queue %s", target->queue);

    amqp_channel_open(dial->connection, AMQP_CHANNEL);
    if (!is_ok(dial, amqp_get_rpc_reply(dial->connection), "channel"))
        return FALSE;
    /* per consumer: quorum queues know no other prefetch */
    amqp_basic_qos(dial->connection, AMQP_CHANNEL, 0, target->prefetch, 0);
    if (!is_ok(dial, amqp_get_rpc_reply(dial->connection), "prefetch"))
        return FALSE;
    amqp_basic_consume(dial->connection, AMQP_CHANNEL, queue, amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    return is_ok(dial, amqp_get_rpc_reply(dial->connection), what);
}

static gboolean on_dialled(void *data)
{
    AmqpDial *dial = data;
    AmqpDialled done = dial->done;
    amqp_connection_state_t connection = g_steal_pointer(&dial->connection);
    GError *error = g_steal_pointer(&dial->error);

    if (done != NULL)
        done(connection, error, dial->user);
    else if (connection != NULL)
        amqp_destroy_connection(connection);
    g_clear_error(&error);
    return G_SOURCE_REMOVE; /* which frees it */
}

static void *dial_thread(void *data)
{
    AmqpDial *dial = data;
    const struct timeval limit = {.tv_sec = AMQP_DIAL_STEP_S};
    g_autoptr(GMainContext) context = g_main_context_ref(dial->context);
    g_autoptr(GSource) source = g_idle_source_new();

    dial->connection = amqp_new_connection();
    if (dial->connection == NULL) {
        error_set(&dial->error, ERROR_TRANSIENT, "no memory for a connection");
    } else {
        amqp_set_handshake_timeout(dial->connection, &limit);
        amqp_set_rpc_timeout(dial->connection, &limit);
        if (!dial_socket(dial) || !dial_login(dial) || !dial_consume(dial)) {
            amqp_destroy_connection(dial->connection);
            dial->connection = NULL;
        }
    }
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, on_dialled, dial, dial_free);
    g_source_attach(source, context);
    return NULL;
}

AmqpDial *amqp_dial_start(const AmqpTarget *target, GMainContext *context, AmqpDialled done, void *user)
{
    AmqpDial *dial = g_new0(AmqpDial, 1);
    GThread *thread;

    amqp_target_copy(target, &dial->target);
    dial->context = g_main_context_ref(context);
    dial->done = done;
    dial->user = user;
    thread = g_thread_try_new("amqp-dial", dial_thread, dial, NULL);
    if (thread != NULL) {
        g_thread_unref(thread);
    } else {
        g_autoptr(GSource) source = g_idle_source_new();

        error_set(&dial->error, ERROR_TRANSIENT, "no thread for a connection");
        g_source_set_callback(source, on_dialled, dial, dial_free);
        g_source_attach(source, context);
    }
    return dial;
}

void amqp_dial_cancel(AmqpDial *dial)
{
    if (dial != NULL)
        dial->done = NULL;
}
