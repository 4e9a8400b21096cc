/* Prints the events that come to a queue, one JSON object a line, and finishes their messages: what
 * tests/e2e/test_notifications.py compares with what it did to a bucket.
 *
 *     queue_listen NAME     makes the queue NAME, bound to the exchange amq.topic by its own name
 *
 * Environment: that of tests/servers/rabbitmq. Says "ready" when it listens; ends by a signal. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "queue/event.h"
#include "tests/queue/amqp_bench.h"

static Queue *queue;

static void print_event(const Event *event)
{
    json_t *line = json_pack("{s:f, s:i, s:s, s:s, s:s, s:I}", "time", (double)clock_wall_us() / 1e6, "kind",
                             (int)event->kind, "name", event->name, "bucket", event->bucket, "key",
                             event->key, "size", (json_int_t)event->size_bytes);

    json_dumpf(line, stdout, JSON_COMPACT);
    json_decref(line);
    puts("");
    fflush(stdout);
}

static void on_message(QueueMessage *message, void *user)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) events = event_parse(message->body, message->body_bytes, EVENT_FROM_BODY, &error);

    (void)user;
    g_assert_no_error(error);
    for (guint i = 0; i < events->len; i++)
        print_event(g_ptr_array_index(events, i));
    queue_finish(queue, message);
}

static void on_state(const GError *error, void *user)
{
    (void)user;
    g_assert_no_error(error);
    puts("ready");
    fflush(stdout);
}

static void make_queue(const char *name)
{
    amqp_connection_state_t connection = bench_connect();
    const amqp_bytes_t bytes = amqp_cstring_bytes(name);

    amqp_queue_declare(connection, 1, bytes, 0, 1, 0, 0, amqp_empty_table);
    g_assert_cmpint(amqp_get_rpc_reply(connection).reply_type, ==, AMQP_RESPONSE_NORMAL);
    amqp_queue_bind(connection, 1, bytes, amqp_cstring_bytes("amq.topic"), bytes, amqp_empty_table);
    g_assert_cmpint(amqp_get_rpc_reply(connection).reply_type, ==, AMQP_RESPONSE_NORMAL);
    amqp_destroy_connection(connection);
}

int main(int argc, char **argv)
{
    const QueueListener listener = {.message = on_message, .state = on_state};
    const char *password = variable("AMQP_PASSWORD");
    g_autoptr(Secret) secret = secret_new(password, strlen(password));
    g_autofree char *url = g_strdup_printf("amqp://%s:%s", variable("AMQP_HOST"), variable("AMQP_PORT"));
    AmqpOptions options = {.url = url, .user = variable("AMQP_USER"), .password = secret, .prefetch = 50};

    g_assert_cmpint(argc, ==, 2);
    make_queue(argv[1]);
    options.queue = argv[1];
    queue = amqp_queue_new(&options, g_main_context_default(), &listener, NULL);
    g_assert_nonnull(queue);
    queue_receive(queue, 50);
    for (;;)
        g_main_context_iteration(NULL, TRUE);
}
