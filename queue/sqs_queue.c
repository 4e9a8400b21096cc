#include "queue/sqs_queue.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "queue/queue_type.h"
#include "queue/sqs_call.h"
#include "queue/sqs_json.h"
#include "s3/aws/uri.h"

#define LONG_POLL_S     20u

#define POLL_TIMEOUT_MS ((LONG_POLL_S + 10u) * 1000u)
#define CALL_TIMEOUT_MS 10000u

/* Ends wait this long for others, to share a request. */
#define GATHER_US (20 * CLOCK_US_PER_MS)

/* Batches that are under way at a time. */
#define MAX_BATCHES 4u

/* The pause of a message that is set aside: this, doubled with each receive. */
#define ASIDE_S 10u

typedef struct {
    QueueMessage common;
    SqsMessage *sqs;
    gint64 received_us;
    gint64 hidden_until_us; /* when its visibility timeout ends, as far as we know */
    gboolean is_extending;
    gboolean is_lost;
} HeldMessage;

/* Something to be said of a message, which may have been freed since. */
typedef struct {
    char *receipt;
    gboolean is_delete;
    gboolean is_extension;
    guint visibility_s;
    HeldMessage *message; /* of an extension, unless it has ended; else NULL */
} Say;

typedef struct {
    Queue queue;
    char *url;
    char *endpoint;
    char *host;
    char *region;
    SqsService service;
    guint visibility_s;
    guint batch; /* messages to ask for */
    SqsCall *receiving;
    Timer *again;  /* receive */
    Timer *send;   /* what is to be said */
    Timer *extend; /* look which messages to prolong */
    Timer *at_end; /* of closing */
    GQueue says;   /* Say * */
    GPtrArray *batches;
    guint failures;      /* to receive */
    guint send_failures; /* in a row */
    gint64 send_not_before_us;
} SqsQueue;

typedef struct {
    SqsQueue *queue;
    SqsCall *call;
    GPtrArray *says;
} Batch;

static void say_free(void *data)
{
    Say *say = data;

    g_free(say->receipt);
    g_free(say);
}

static void batch_free(void *data)
{
    Batch *batch = data;

    sqs_call_cancel(batch->call);
    g_ptr_array_unref(batch->says);
    g_free(batch);
}

/* A message ends: its extensions that are not sent yet must not be sent after that. */
static void forget_message(SqsQueue *queue, const HeldMessage *message)
{
    GList *next;

    for (GList *each = queue->says.head; each != NULL; each = next) {
        next = each->next;
        if (((Say *)each->data)->message == message) {
            say_free(each->data);
            g_queue_delete_link(&queue->says, each);
        }
    }
    for (guint i = 0; i < queue->batches->len; i++) {
        const Batch *batch = g_ptr_array_index(queue->batches, i);

        for (guint j = 0; j < batch->says->len; j++)
            if (((Say *)g_ptr_array_index(batch->says, j))->message == message)
                ((Say *)g_ptr_array_index(batch->says, j))->message = NULL;
    }
}

static void message_free(QueueMessage *common)
{
    HeldMessage *message = (HeldMessage *)(void *)common;

    sqs_message_free(message->sqs);
    g_free(message);
}

static Say *say(SqsQueue *queue, const HeldMessage *message, gboolean is_delete, guint visibility_s)
{
    Say *what = g_new0(Say, 1);

    what->receipt = g_strdup(message->sqs->receipt);
    what->is_delete = is_delete;
    what->visibility_s = visibility_s;
    g_queue_push_tail(&queue->says, what);
    if (queue->says.length >= SQS_BATCH || queue->queue.closed != NULL)
        timer_set(queue->send, MAX(clock_now_us(), queue->send_not_before_us));
    else if (queue->says.length == 1)
        timer_set(queue->send, MAX(clock_now_us() + GATHER_US, queue->send_not_before_us));
    return what;
}

/* Takes ownership of what. An extension is tried again by its timer, if it is still wanted. */
static void take_outcome(SqsQueue *queue, Say *what, SqsOutcome outcome)
{
    HeldMessage *message = what->message;

    if (message != NULL) {
        message->is_extending = FALSE;
        if (outcome == SQS_DONE)
            message->hidden_until_us = clock_now_us() + (gint64)what->visibility_s * CLOCK_US_PER_S;
        else if (outcome == SQS_GONE)
            message->is_lost = TRUE;
    }
    if (outcome == SQS_AGAIN && !what->is_extension)
        g_queue_push_tail(&queue->says, what);
    else
        say_free(what);
}

static void send_more(SqsQueue *queue);
static void sqs_has_room(Queue *base);

static void on_said(const GString *body, const GError *error, const char *code, void *user)
{
    Batch *batch = user;
    SqsQueue *queue = batch->queue;
    g_autoptr(GPtrArray) says = g_ptr_array_ref(batch->says);
    SqsOutcome outcomes[SQS_BATCH];
    g_autoptr(GError) unread = NULL;
    gboolean is_good = body != NULL && sqs_read_batch(body->str, body->len, says->len, outcomes, &unread);
    gboolean is_whole = is_good;

    (void)code;
    batch->call = NULL;
    g_ptr_array_set_free_func(says, NULL);
    g_ptr_array_remove_fast(queue->batches, batch);
    for (guint i = 0; i < says->len; i++) {
        is_whole = is_whole && outcomes[i] != SQS_AGAIN;
        take_outcome(queue, g_ptr_array_index(says, i), is_good ? outcomes[i] : SQS_AGAIN);
    }
    if (is_whole) {
        queue->send_failures = 0;
        queue->send_not_before_us = 0;
    } else {
        queue->send_not_before_us = clock_now_us() + queue_backoff_us(queue->send_failures++);
    }
    if (!is_good && !queue_say_state(&queue->queue, error != NULL ? error : unread))
        return;
    send_more(queue);
    sqs_has_room(&queue->queue);
}

/* A batch of the kind of what comes first. */
static void send_batch(SqsQueue *queue)
{
    Batch *batch = g_new0(Batch, 1);
    const gboolean is_delete = ((Say *)g_queue_peek_head(&queue->says))->is_delete;
    const char *receipts[SQS_BATCH];
    guint visibilities_s[SQS_BATCH];
    GList *next;

    batch->queue = queue;
    batch->says = g_ptr_array_new_with_free_func(say_free);
    for (GList *each = queue->says.head; each != NULL && batch->says->len < SQS_BATCH; each = next) {
        Say *what = each->data;

        next = each->next;
        if (what->is_delete != is_delete)
            continue;
        receipts[batch->says->len] = what->receipt;
        visibilities_s[batch->says->len] = what->visibility_s;
        g_queue_delete_link(&queue->says, each);
        g_ptr_array_add(batch->says, what);
    }
    g_ptr_array_add(queue->batches, batch);
    batch->call = sqs_call_start(
        &queue->service, is_delete ? "DeleteMessageBatch" : "ChangeMessageVisibilityBatch",
        sqs_write_batch(queue->url, receipts, is_delete ? NULL : visibilities_s, batch->says->len),
        CALL_TIMEOUT_MS, on_said, batch);
}

static void send_more(SqsQueue *queue)
{
    if (queue->send_not_before_us > clock_now_us() && !g_queue_is_empty(&queue->says)) {
        timer_set(queue->send, queue->send_not_before_us);
        return;
    }
    while (!g_queue_is_empty(&queue->says) && queue->batches->len < MAX_BATCHES)
        send_batch(queue);
    if (queue->queue.closed != NULL && queue->batches->len == 0)
        timer_set(queue->at_end, clock_now_us());
}

static void on_send(void *data)
{
    send_more(data);
}

/* None while ends do not get through: what cannot be finished must not pile up. */
static guint room_of(const SqsQueue *queue)
{
    const Queue *base = &queue->queue;
    guint taken = base->status.held + base->waiting.length;

    if (queue->send_failures > 0)
        return 0;
    return base->closed == NULL && base->held_max > taken ? base->held_max - taken : 0;
}

static void receive_soon(SqsQueue *queue, gint64 at_us)
{
    if (queue->receiving == NULL && room_of(queue) > 0)
        timer_set(queue->again, at_us);
}

static void take_messages(SqsQueue *queue, GPtrArray *messages)
{
    const gint64 now_us = clock_now_us();

    g_ptr_array_set_free_func(messages, NULL);
    for (guint i = 0; i < messages->len; i++) {
        HeldMessage *message = g_new0(HeldMessage, 1);

        message->sqs = g_ptr_array_index(messages, i);
        message->common.body = message->sqs->body;
        message->common.body_bytes = message->sqs->body_bytes;
        message->common.receives = message->sqs->receives;
        message->received_us = now_us;
        message->hidden_until_us = now_us + (gint64)queue->visibility_s * CLOCK_US_PER_S;
        g_queue_push_tail(&queue->queue.waiting, &message->common);
    }
}

static void on_received(const GString *body, const GError *error, const char *code, void *user)
{
    SqsQueue *queue = user;
    g_autoptr(GError) unread = NULL;
    g_autoptr(GPtrArray) messages = body != NULL ? sqs_read_messages(body->str, body->len, &unread) : NULL;

    (void)code;
    queue->receiving = NULL;
    if (messages == NULL) {
        const GError *why = error != NULL ? error : unread;

        /* too much at once: ask for one */
        queue->batch = error_class(why) == ERROR_LIMIT ? 1 : SQS_BATCH;
        receive_soon(queue, clock_now_us() + queue_backoff_us(queue->failures++));
        queue_say_state(&queue->queue, why);
        return;
    }
    queue->failures = 0;
    take_messages(queue, messages);
    if (!queue->queue.status.is_up && !queue_say_state(&queue->queue, NULL))
        return;
    if (queue_hand_out(&queue->queue))
        receive_soon(queue, clock_now_us());
}

static void on_again(void *data)
{
    SqsQueue *queue = data;
    const guint count = MIN(room_of(queue), queue->batch);

    if (queue->receiving != NULL || count == 0)
        return;
    queue->receiving = sqs_call_start(&queue->service, "ReceiveMessage",
                                      sqs_write_receive(queue->url, count, LONG_POLL_S, queue->visibility_s),
                                      POLL_TIMEOUT_MS, on_received, queue);
}

/* Prolongs a message when half of its time is over. SQS counts the 12 hours from its receipt. */
static void prolong(SqsQueue *queue, HeldMessage *message, gint64 now_us)
{
    const gint64 span_us = (gint64)queue->visibility_s * CLOCK_US_PER_S;
    Say *what;

    /* Even when the time is over nobody may have taken it yet: SQS says so. */
    if (message->is_extending || message->is_lost || message->hidden_until_us - now_us > span_us / 2 ||
        now_us + span_us - message->received_us > (gint64)SQS_MAX_HELD_S * CLOCK_US_PER_S)
        return;
    message->is_extending = TRUE;
    what = say(queue, message, FALSE, queue->visibility_s);
    what->is_extension = TRUE;
    what->message = message;
}

static void on_extend(void *data)
{
    SqsQueue *queue = data;
    const gint64 now_us = clock_now_us();
    GHashTableIter each;
    void *message;

    g_hash_table_iter_init(&each, queue->queue.held);
    while (g_hash_table_iter_next(&each, &message, NULL))
        prolong(queue, message, now_us);
    for (GList *link = queue->queue.waiting.head; link != NULL; link = link->next)
        prolong(queue, link->data, now_us);
    timer_set(queue->extend, now_us + (gint64)queue->visibility_s * CLOCK_US_PER_S / 8);
}

static void sqs_end(Queue *base, QueueMessage *common, QueueEnd end, gint64 delay_us)
{
    SqsQueue *queue = (SqsQueue *)(void *)base;
    HeldMessage *message = (HeldMessage *)(void *)common;
    const gint64 held_s = (clock_now_us() - message->received_us) / CLOCK_US_PER_S;
    gint64 delay_s = (delay_us + CLOCK_US_PER_S - 1) / CLOCK_US_PER_S;

    if (end == QUEUE_END_ASIDE)
        delay_s = MIN((gint64)ASIDE_S << MIN(common->receives, 20), QUEUE_MAX_DELAY_S);
    delay_s = CLAMP(delay_s, 0, MAX((gint64)SQS_MAX_HELD_S - held_s - 1, 0));
    if (message->is_lost)
        base->status.lost++;
    /* A lost message is deleted all the same: to delete it may still succeed, and then nobody does it again. */
    if (end == QUEUE_END_FINISH || !message->is_lost)
        say(queue, message, end == QUEUE_END_FINISH, (guint)delay_s);
    forget_message(queue, message);
    message_free(common);
}

static void sqs_has_room(Queue *base)
{
    SqsQueue *queue = (SqsQueue *)(void *)base;

    if (queue->failures == 0)
        receive_soon(queue, clock_now_us());
}

static void on_end(void *data)
{
    SqsQueue *queue = data;

    queue_closed(&queue->queue);
}

static void sqs_close(Queue *base)
{
    SqsQueue *queue = (SqsQueue *)(void *)base;

    /* A poll that is cut off may have been given messages: they come again after their visibility timeout. */
    sqs_call_cancel(queue->receiving);
    queue->receiving = NULL;
    timer_unset(queue->again);
    timer_unset(queue->extend);
    timer_set(queue->at_end, clock_now_us() + QUEUE_CLOSE_US);
    timer_set(queue->send, clock_now_us());
}

static void sqs_clear(Queue *base)
{
    SqsQueue *queue = (SqsQueue *)(void *)base;
    Say *what;

    sqs_call_cancel(queue->receiving);
    timer_free(queue->again);
    timer_free(queue->send);
    timer_free(queue->extend);
    timer_free(queue->at_end);
    g_ptr_array_unref(queue->batches);
    while ((what = g_queue_pop_head(&queue->says)) != NULL)
        say_free(what);
    g_free(queue->url);
    g_free(queue->endpoint);
    g_free(queue->host);
    g_free(queue->region);
}

static const QueueType sqs_type = {
    .has_room = sqs_has_room,
    .end = sqs_end,
    .close = sqs_close,
    .free_message = message_free,
    .clear = sqs_clear,
};

/* "eu-west-1" of "sqs.eu-west-1.amazonaws.com". Owned by the caller; NULL if the host has none. */
static char *region_of(const char *host)
{
    g_auto(GStrv) labels = g_strsplit(host, ".", 3);

    if (g_strv_length(labels) != 3 || (strcmp(labels[0], "sqs") != 0 && strcmp(labels[0], "sqs-fips") != 0) ||
        !g_str_has_prefix(labels[2], "amazonaws.com"))
        return NULL;
    return g_strdup(labels[1]);
}

static gboolean find_service(SqsQueue *queue, const SqsOptions *options, GError **error)
{
    g_auto(UriEndpoint) named = {0};
    g_auto(UriEndpoint) used = {0};

    if (!uri_parse_endpoint(options->url, &named, error) ||
        !uri_parse_endpoint(options->endpoint != NULL ? options->endpoint : options->url, &used, error))
        return FALSE;
    queue->region = options->region != NULL ? g_strdup(options->region) : region_of(named.host);
    if (queue->region == NULL) {
        error_set(error, ERROR_CONFIG, "%s: no region is given, and its host names none", options->url);
        return FALSE;
    }
    queue->host = uri_endpoint_host_header(&used);
    queue->endpoint = g_strconcat(used.is_https ? "https://" : "http://", queue->host, NULL);
    queue->service = (SqsService){.http = options->http,
                                  .keeper = options->keeper,
                                  .endpoint = queue->endpoint,
                                  .host = queue->host,
                                  .region = queue->region};
    return TRUE;
}

Queue *sqs_queue_new(const SqsOptions *options, const QueueListener *listener, GError **error)
{
    GMainContext *context = http_client_context(options->http);
    SqsQueue *queue = g_new0(SqsQueue, 1);

    if (!find_service(queue, options, error)) {
        g_free(queue);
        return NULL;
    }
    queue_init(&queue->queue, &sqs_type, context, listener);
    queue->url = g_strdup(options->url);
    queue->visibility_s = CLAMP(options->visibility_s, 10, SQS_MAX_HELD_S);
    queue->batch = SQS_BATCH;
    queue->batches = g_ptr_array_new_with_free_func(batch_free);
    queue->again = timer_new(context, on_again, queue);
    queue->send = timer_new(context, on_send, queue);
    queue->extend = timer_new(context, on_extend, queue);
    queue->at_end = timer_new(context, on_end, queue);
    on_extend(queue);
    return &queue->queue;
}
