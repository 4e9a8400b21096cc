#include "queue/amqp_queue.h"

#include <glib-unix.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "queue/amqp_dial.h"
#include "queue/event.h"
#include "queue/queue_type.h"
#include "s3/aws/uri.h"

/* Frames that are taken before others of the main loop have their turn. */
#define FRAMES_PER_TURN 256u

/* A connection that has lasted this long was a good one: the next failure is the first. */
#define GOOD_US (10 * CLOCK_US_PER_S)

#define BEAT_US (AMQP_HEARTBEAT_S * CLOCK_US_PER_S / 4)

typedef struct {
    QueueMessage common;
    char *body;
    guint64 tag;
    guint connection; /* the number of the connection that it came by */
    QueueEnd end;     /* once it has ended */
    gint64 due_us;    /* not to be given back before */
} AmqpMessage;

typedef struct {
    Queue queue;
    AmqpTarget target;
    char *name; /* for errors */
    AmqpDial *dial;
    amqp_connection_state_t connection;
    guint number; /* of the connection */
    gint64 since_us;
    gint64 stuck_us; /* since when the socket takes nothing, or 0 */
    GSource *readable;
    GSource *writable;
    Timer *beat;
    Timer *again;  /* connect; or, of a connection, give back what is due */
    Timer *at_end; /* of closing */
    guint failures;
    AmqpMessage *partial; /* being received */
    guint64 partial_left;
    GQueue answers;      /* AmqpMessage *, ended, not sent */
    GQueue delayed;      /* AmqpMessage *, to be given back later */
    gboolean is_parting; /* the end of the connection was announced */
} AmqpQueue;

static void message_free(QueueMessage *common)
{
    AmqpMessage *message = (AmqpMessage *)(void *)common;

    if (message == NULL)
        return;
    g_free(message->body);
    g_free(message);
}

static void drop_source(GSource **source)
{
    if (*source != NULL) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

static void drop_all(GQueue *messages)
{
    AmqpMessage *message;

    while ((message = g_queue_pop_head(messages)) != NULL)
        message_free(&message->common);
}

/* Forgets the connection, and all messages that are not with the owner: the broker hands them out again. */
static void disconnect(AmqpQueue *queue)
{
    drop_source(&queue->readable);
    drop_source(&queue->writable);
    timer_unset(queue->beat);
    timer_unset(queue->again);
    if (queue->connection != NULL)
        amqp_destroy_connection(queue->connection);
    queue->connection = NULL;
    queue->number++;
    if (queue->partial != NULL)
        message_free(&queue->partial->common);
    queue->partial = NULL;
    drop_all(&queue->answers);
    drop_all(&queue->delayed);
    queue_drop_waiting(&queue->queue);
}

/* Consumes error. Always returns FALSE, which means that the connection is gone and queue may have been freed. */
static gboolean fail(AmqpQueue *queue, GError *error)
{
    if (clock_now_us() - queue->since_us > GOOD_US)
        queue->failures = 0;
    disconnect(queue);
    if (queue->queue.closed != NULL) {
        g_error_free(error);
        timer_set(queue->at_end, clock_now_us());
        return FALSE;
    }
    timer_set(queue->again, clock_now_us() + queue_backoff_us(queue->failures++));
    queue_say_state(&queue->queue, error);
    g_error_free(error);
    return FALSE;
}

static gboolean fail_status(AmqpQueue *queue, int status)
{
    GError *error = NULL;

    error_set(&error, ERROR_UNAVAILABLE, "%s: %s", queue->name, amqp_error_string2(status));
    return fail(queue, error);
}

static gboolean takes_more(const AmqpQueue *queue)
{
    struct pollfd poll_of = {.fd = amqp_get_sockfd(queue->connection), .events = POLLOUT};

    return poll(&poll_of, 1, 0) == 1 && (poll_of.revents & POLLOUT) != 0;
}

static int send_answer(AmqpQueue *queue, const AmqpMessage *message)
{
    amqp_connection_state_t to = queue->connection;

    switch (message->end) {
    case QUEUE_END_FINISH: return amqp_basic_ack(to, AMQP_CHANNEL, message->tag, 0);
    case QUEUE_END_RETURN: /* RabbitMQ counts a reject as an attempt, and from 4.3 on no nack */
        return amqp_basic_nack(to, AMQP_CHANNEL, message->tag, 0, 1);
    case QUEUE_END_FAILED: return amqp_basic_reject(to, AMQP_CHANNEL, message->tag, 1);
    case QUEUE_END_ASIDE: return amqp_basic_reject(to, AMQP_CHANNEL, message->tag, 0);
    }
    g_assert_not_reached();
}

static int send_parting(AmqpQueue *queue)
{
    amqp_connection_close_t parting = {.reply_code = AMQP_REPLY_SUCCESS,
                                       .reply_text = amqp_cstring_bytes("done")};

    queue->is_parting = TRUE;
    return amqp_send_method(queue->connection, 0, AMQP_CONNECTION_CLOSE_METHOD, &parting);
}

static void watch_writable(AmqpQueue *queue);

/* Writes what the socket takes. Returns FALSE if the connection is gone; queue may have been freed then. */
static gboolean flush(AmqpQueue *queue)
{
    int status = AMQP_STATUS_OK;

    while (status == AMQP_STATUS_OK && !queue->is_parting) {
        if (g_queue_is_empty(&queue->answers) && queue->queue.closed == NULL)
            break;
        if (!takes_more(queue)) {
            watch_writable(queue);
            break;
        }
        if (g_queue_is_empty(&queue->answers)) {
            status = send_parting(queue);
        } else {
            AmqpMessage *message = g_queue_pop_head(&queue->answers);

            status = send_answer(queue, message);
            message_free(&message->common);
        }
    }
    return status == AMQP_STATUS_OK || fail_status(queue, status);
}

static gboolean on_writable(int fd, GIOCondition condition, void *data)
{
    AmqpQueue *queue = data;

    (void)fd;
    (void)condition;
    drop_source(&queue->writable);
    flush(queue);
    return G_SOURCE_REMOVE;
}

static GSource *watch(AmqpQueue *queue, GIOCondition condition, GUnixFDSourceFunc func)
{
    GSource *source = g_unix_fd_source_new(amqp_get_sockfd(queue->connection), condition);

    g_source_set_callback(source, G_SOURCE_FUNC(func), queue, NULL);
    g_source_attach(source, queue->queue.context);
    return source;
}

static void watch_writable(AmqpQueue *queue)
{
    if (queue->writable == NULL)
        queue->writable = watch(queue, G_IO_OUT | G_IO_ERR | G_IO_HUP, on_writable);
}

/* Has flush() called from the main loop, where it may fail and say so. */
static void flush_soon(AmqpQueue *queue)
{
    if (queue->connection != NULL)
        watch_writable(queue);
}

/* RabbitMQ's quorum queues count deliveries; others only say that there was one. */
static guint receives_of(const AmqpMessage *message, const amqp_basic_properties_t *properties)
{
    if ((properties->_flags & AMQP_BASIC_HEADERS_FLAG) != 0) {
        for (int i = 0; i < properties->headers.num_entries; i++) {
            const amqp_table_entry_t *entry = &properties->headers.entries[i];
            const amqp_field_value_t *value = &entry->value;

            if (entry->key.len != strlen("x-delivery-count") ||
                memcmp(entry->key.bytes, "x-delivery-count", entry->key.len) != 0)
                continue;
            if (value->kind == AMQP_FIELD_KIND_I64 && value->value.i64 >= 0 && value->value.i64 < G_MAXINT)
                return (guint)value->value.i64 + 1;
            if (value->kind == AMQP_FIELD_KIND_I32 && value->value.i32 >= 0)
                return (guint)value->value.i32 + 1;
        }
    }
    return message->common.receives;
}

static void on_deliver(AmqpQueue *queue, const amqp_basic_deliver_t *deliver)
{
    AmqpMessage *message = g_new0(AmqpMessage, 1);

    if (queue->partial != NULL)
        message_free(&queue->partial->common);
    message->tag = deliver->delivery_tag;
    message->connection = queue->number;
    message->common.receives = deliver->redelivered ? 2 : 1;
    queue->partial = message;
    queue->partial_left = G_MAXUINT64;
}

static void on_header(AmqpQueue *queue, const amqp_frame_t *frame)
{
    AmqpMessage *message = queue->partial;

    if (message == NULL)
        return;
    queue->partial_left = frame->payload.properties.body_size;
    message->common.receives = receives_of(message, frame->payload.properties.decoded);
    if (queue->partial_left <= EVENT_MAX_BODY_BYTES)
        message->body = g_try_malloc0((gsize)queue->partial_left + 1);
}

static void on_body(AmqpQueue *queue, const amqp_frame_t *frame)
{
    AmqpMessage *message = queue->partial;
    const amqp_bytes_t *part = &frame->payload.body_fragment;

    if (message == NULL)
        return;
    if (message->body != NULL)
        memcpy(message->body + message->common.body_bytes, part->bytes, MIN(part->len, queue->partial_left));
    message->common.body_bytes += MIN(part->len, queue->partial_left);
    queue->partial_left -= MIN(part->len, queue->partial_left);
}

/* Returns FALSE if the connection is gone; queue may have been freed then. */
static gboolean on_method(AmqpQueue *queue, const amqp_method_t *method)
{
    GError *error = NULL;

    switch (method->id) {
    case AMQP_BASIC_DELIVER_METHOD: on_deliver(queue, method->decoded); return TRUE;
    case AMQP_BASIC_CANCEL_METHOD:
        error_set(&error, ERROR_UNAVAILABLE,
                  "%s: the broker hands out nothing more: the queue was deleted or moved", queue->name);
        return fail(queue, error);
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD:
        amqp_set_closed(&error, queue->name, method);
        return fail(queue, error);
    case AMQP_CONNECTION_CLOSE_OK_METHOD:
        error_set(&error, ERROR_CANCELLED, "%s: closed", queue->name);
        return fail(queue, error);
    default: return TRUE;
    }
}

/* Returns FALSE if the connection is gone; queue may have been freed then. */
static gboolean take_frame(AmqpQueue *queue, const amqp_frame_t *frame)
{
    if (frame->frame_type == AMQP_FRAME_METHOD)
        return on_method(queue, &frame->payload.method);
    if (frame->frame_type == AMQP_FRAME_HEADER)
        on_header(queue, frame);
    else if (frame->frame_type == AMQP_FRAME_BODY)
        on_body(queue, frame);
    if (queue->partial != NULL && queue->partial_left == 0) {
        AmqpMessage *message = g_steal_pointer(&queue->partial);

        queue->failures = 0;
        message->common.body = message->body;
        g_queue_push_tail(&queue->queue.waiting, &message->common);
    }
    return TRUE;
}

/* Whether the broker has stopped reading. Otherwise librabbitmq may have to write a heartbeat. */
static gboolean is_stuck(AmqpQueue *queue, gboolean *ret_is_over)
{
    gint64 now_us = clock_now_us();
    gboolean takes = takes_more(queue);

    if (takes)
        queue->stuck_us = 0;
    else if (queue->stuck_us == 0)
        queue->stuck_us = now_us;
    *ret_is_over = !takes && now_us - queue->stuck_us > 2 * AMQP_HEARTBEAT_S * CLOCK_US_PER_S;
    return !takes;
}

/* Reads what has come. Returns FALSE if the connection is gone; queue may have been freed then. */
static gboolean pump(AmqpQueue *queue)
{
    const struct timeval at_once = {0};
    gboolean is_over = FALSE;
    guint frames = 0;

    if (is_stuck(queue, &is_over))
        return !is_over || fail_status(queue, AMQP_STATUS_HEARTBEAT_TIMEOUT);
    for (; frames < FRAMES_PER_TURN; frames++) {
        amqp_frame_t frame;
        int status = amqp_simple_wait_frame_noblock(queue->connection, &frame, &at_once);

        if (status == AMQP_STATUS_TIMEOUT)
            break;
        if (status != AMQP_STATUS_OK)
            return fail_status(queue, status);
        if (!take_frame(queue, &frame))
            return FALSE;
        amqp_maybe_release_buffers(queue->connection);
    }
    timer_set(queue->beat, clock_now_us() + (frames == FRAMES_PER_TURN ? 0 : BEAT_US));
    return queue_hand_out(&queue->queue);
}

static gboolean on_readable(int fd, GIOCondition condition, void *data)
{
    (void)fd;
    (void)condition;
    /* a source that was destroyed in here is not affected by what is returned */
    pump(data);
    return G_SOURCE_CONTINUE;
}

static void on_beat(void *data)
{
    AmqpQueue *queue = data;

    timer_set(queue->beat, clock_now_us() + BEAT_US);
    pump(queue);
}

static void on_dialled(amqp_connection_state_t connection, const GError *error, void *data)
{
    AmqpQueue *queue = data;

    queue->dial = NULL;
    if (connection == NULL) {
        GError *named = g_error_copy(error);

        g_prefix_error(&named, "%s: ", queue->name);
        queue->since_us = clock_now_us();
        fail(queue, named);
        return;
    }
    queue->connection = connection;
    queue->since_us = clock_now_us();
    queue->stuck_us = 0;
    queue->readable = watch(queue, G_IO_IN | G_IO_ERR | G_IO_HUP, on_readable);
    timer_set(queue->beat, clock_now_us()); /* what came with the last answer is in no socket */
    queue_say_state(&queue->queue, NULL);
}

static int by_due(const void *a, const void *b, void *data)
{
    const AmqpMessage *left = a;
    const AmqpMessage *right = b;

    (void)data;
    return (left->due_us > right->due_us) - (left->due_us < right->due_us);
}

static void take_due(AmqpQueue *queue)
{
    AmqpMessage *first;

    while ((first = g_queue_peek_head(&queue->delayed)) != NULL &&
           (first->due_us <= clock_now_us() || queue->queue.closed != NULL))
        g_queue_push_tail(&queue->answers, g_queue_pop_head(&queue->delayed));
    if (first != NULL)
        timer_set(queue->again, first->due_us);
    if (!g_queue_is_empty(&queue->answers))
        flush_soon(queue);
}

static void on_again(void *data)
{
    AmqpQueue *queue = data;

    if (queue->connection != NULL)
        take_due(queue);
    else
        queue->dial = amqp_dial_start(&queue->target, queue->queue.context, on_dialled, queue);
}

static void amqp_end(Queue *base, QueueMessage *common, QueueEnd end, gint64 delay_us)
{
    AmqpQueue *queue = (AmqpQueue *)(void *)base;
    AmqpMessage *message = (AmqpMessage *)(void *)common;

    if (queue->connection == NULL || message->connection != queue->number) {
        base->status.lost++;
        message_free(common);
        return;
    }
    message->end = end;
    message->due_us = clock_now_us() + delay_us;
    if (delay_us > 0 && base->closed == NULL) {
        g_queue_insert_sorted(&queue->delayed, message, by_due, NULL);
        take_due(queue);
        return;
    }
    g_queue_push_tail(&queue->answers, message);
    flush_soon(queue);
}

static void amqp_has_room(Queue *base)
{
    AmqpQueue *queue = (AmqpQueue *)(void *)base;

    if (queue->connection != NULL && !g_queue_is_empty(&base->waiting))
        timer_set(queue->beat, clock_now_us());
}

static void on_end(void *data)
{
    AmqpQueue *queue = data;

    disconnect(queue);
    queue_closed(&queue->queue);
}

static void amqp_close(Queue *base)
{
    AmqpQueue *queue = (AmqpQueue *)(void *)base;

    amqp_dial_cancel(queue->dial);
    queue->dial = NULL;
    timer_unset(queue->again);
    take_due(queue);
    timer_set(queue->at_end, clock_now_us() + (queue->connection != NULL ? QUEUE_CLOSE_US : 0));
    flush_soon(queue);
}

static void amqp_clear(Queue *base)
{
    AmqpQueue *queue = (AmqpQueue *)(void *)base;

    amqp_dial_cancel(queue->dial);
    disconnect(queue);
    timer_free(queue->beat);
    timer_free(queue->again);
    timer_free(queue->at_end);
    amqp_target_clear(&queue->target);
    g_free(queue->name);
}

static const QueueType amqp_type = {
    .has_room = amqp_has_room,
    .end = amqp_end,
    .close = amqp_close,
    .free_message = message_free,
    .clear = amqp_clear,
};

/* Fills in what the URL says: uri_parse_endpoint() knows http only, and the rules are the same. */
static gboolean parse_url(const char *url, AmqpTarget *ret_target, GError **error)
{
    g_auto(UriEndpoint) endpoint = {0};
    g_autofree char *vhost = NULL;
    g_autofree char *as_http = NULL;
    gboolean is_tls = g_str_has_prefix(url, "amqps://");

    if (!is_tls && !g_str_has_prefix(url, "amqp://")) {
        error_set(error, ERROR_CONFIG, "%s: not an URL of amqp:// or amqps://", url);
        return FALSE;
    }
    as_http = g_strconcat(is_tls ? "https" : "http", strchr(url, ':'), NULL);
    if (!uri_parse_endpoint(as_http, &endpoint, error))
        return FALSE;
    vhost = uri_decode(*endpoint.path == '/' ? endpoint.path + 1 : "/", error);
    if (vhost == NULL)
        return FALSE;
    ret_target->is_tls = is_tls;
    ret_target->port = endpoint.port != 0 ? endpoint.port : is_tls ? 5671 : 5672;
    ret_target->vhost = g_steal_pointer(&vhost);
    /* an IPv6 address is in brackets */
    ret_target->host = *endpoint.host == '[' ? g_strndup(endpoint.host + 1, strlen(endpoint.host) - 2)
                                             : g_strdup(endpoint.host);
    return TRUE;
}

Queue *amqp_queue_new(const AmqpOptions *options, GMainContext *context, const QueueListener *listener,
                      GError **error)
{
    AmqpTarget target = {.heartbeat_s = AMQP_HEARTBEAT_S, .prefetch = MAX(options->prefetch, 1)};
    AmqpQueue *queue;

    if (!parse_url(options->url, &target, error))
        return NULL;
    target.user = g_strdup(options->user);
    target.password = secret_new(secret_peek(options->password), secret_size(options->password));
    target.queue = g_strdup(options->queue);
    target.ca_file = g_strdup(options->ca_file);
    queue = g_new0(AmqpQueue, 1);
    queue_init(&queue->queue, &amqp_type, context, listener);
    queue->target = target;
    queue->name = g_strdup_printf("%s, queue %s", options->url, options->queue);
    queue->beat = timer_new(context, on_beat, queue);
    queue->again = timer_new(context, on_again, queue);
    queue->at_end = timer_new(context, on_end, queue);
    timer_set(queue->again, clock_now_us());
    return &queue->queue;
}
