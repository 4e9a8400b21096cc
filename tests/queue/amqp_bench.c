#include "tests/queue/amqp_bench.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

const char *variable(const char *name)
{
    const char *value = g_getenv(name);

    if (value == NULL)
        g_error("%s is not set: start a broker with tests/servers/rabbitmq and source its env file", name);
    return value;
}

amqp_connection_state_t bench_connect(void)
{
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_rpc_reply_t reply;

    g_assert_cmpint(
        amqp_socket_open(amqp_tcp_socket_new(connection), variable("AMQP_HOST"), atoi(variable("AMQP_PORT"))),
        ==, AMQP_STATUS_OK);
    reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, variable("AMQP_USER"),
                       variable("AMQP_PASSWORD"));
    g_assert_cmpint(reply.reply_type, ==, AMQP_RESPONSE_NORMAL);
    amqp_channel_open(connection, 1);
    amqp_confirm_select(connection, 1);
    g_assert_cmpint(amqp_get_rpc_reply(connection).reply_type, ==, AMQP_RESPONSE_NORMAL);
    return connection;
}

void bench_reconnect(Bench *bench)
{
    bench->publisher = bench_connect();
}

static void declare(const Bench *bench, const char *name, const char *type, const char *dead)
{
    amqp_table_entry_t entries[] = {
        {.key = amqp_cstring_bytes("x-queue-type"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(type)}},
        {.key = amqp_cstring_bytes("x-dead-letter-exchange"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("")}},
        {.key = amqp_cstring_bytes("x-dead-letter-routing-key"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8,
                   .value.bytes = amqp_cstring_bytes(dead != NULL ? dead : "")}},
    };
    amqp_table_t table = {dead != NULL ? 3 : 1, entries};

    amqp_queue_delete(bench->publisher, 1, amqp_cstring_bytes(name), 0, 0);
    amqp_queue_declare(bench->publisher, 1, amqp_cstring_bytes(name), 0, 1, 0, 0, table);
    g_assert_cmpint(amqp_get_rpc_reply(bench->publisher).reply_type, ==, AMQP_RESPONSE_NORMAL);
}

Bench *bench_new(const char *name, const char *type)
{
    Bench *bench = g_new0(Bench, 1);
    g_autofree char *dead = NULL;

    owner_init(&bench->owner);
    bench->owner.drops_all = TRUE;
    bench->name = g_strdup_printf("test-%d-%s", getpid(), name);
    dead = g_strconcat(bench->name, "-dead", NULL);
    bench_reconnect(bench);
    declare(bench, dead, "classic", NULL);
    declare(bench, bench->name, type, dead);
    return bench;
}

void bench_free(Bench *bench)
{
    g_autofree char *dead = g_strconcat(bench->name, "-dead", NULL);

    amqp_queue_delete(bench->publisher, 1, amqp_cstring_bytes(bench->name), 0, 0);
    amqp_queue_delete(bench->publisher, 1, amqp_cstring_bytes(dead), 0, 0);
    amqp_destroy_connection(bench->publisher);
    owner_clear(&bench->owner);
    g_free(bench->name);
    g_free(bench);
}

void bench_open(Bench *bench, guint16 prefetch, gboolean is_tls)
{
    const QueueListener listener = owner_listener(&bench->owner);
    const char *password = variable("AMQP_PASSWORD");
    g_autoptr(Secret) secret = secret_new(password, strlen(password));
    g_autofree char *url = g_strdup_printf("%s://%s:%s", is_tls ? "amqps" : "amqp", variable("AMQP_HOST"),
                                           variable(is_tls ? "AMQP_TLS_PORT" : "AMQP_PORT"));
    const AmqpOptions options = {.url = url,
                                 .user = variable("AMQP_USER"),
                                 .password = secret,
                                 .queue = bench->name,
                                 .ca_file = variable("AMQP_CA"),
                                 .prefetch = prefetch};
    g_autoptr(GError) error = NULL;

    bench->owner.queue = amqp_queue_new(&options, bench->owner.context, &listener, &error);
    g_assert_no_error(error);
    queue_receive(bench->owner.queue, prefetch);
}

void bench_publish_body(const Bench *bench, const char *body, gsize size_bytes)
{
    const amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = 2};
    amqp_frame_t frame;

    g_assert_cmpint(amqp_basic_publish(bench->publisher, 1, amqp_empty_bytes, amqp_cstring_bytes(bench->name),
                                       0, 0, &properties, (amqp_bytes_t){size_bytes, (void *)body}),
                    ==, AMQP_STATUS_OK);
    do { /* until the broker has confirmed it */
        g_assert_cmpint(amqp_simple_wait_frame(bench->publisher, &frame), ==, AMQP_STATUS_OK);
    } while (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD);
    amqp_maybe_release_buffers(bench->publisher);
}

void bench_publish(const Bench *bench, guint count)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *body = g_strdup_printf("%u", i);

        bench_publish_body(bench, body, strlen(body));
    }
}

guint bench_ready(const Bench *bench, const char *suffix)
{
    g_autofree char *name = g_strconcat(bench->name, suffix, NULL);
    const amqp_queue_declare_ok_t *answer =
        amqp_queue_declare(bench->publisher, 1, amqp_cstring_bytes(name), 1, 0, 0, 0, amqp_empty_table);

    g_assert_nonnull(answer);
    return answer->message_count;
}

void bench_server(const char *command)
{
    g_autofree char *line =
        g_strdup_printf("%s %s %s >/dev/null", variable("AMQP_SERVER"), command, variable("AMQP_DIR"));
    int status = -1;
    char *arguments[] = {(char *)"/bin/bash", (char *)"-c", line, NULL};

    g_assert_true(
        g_spawn_sync(NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

void bench_signal(int number)
{
    g_autofree char *path = g_strconcat(variable("AMQP_DIR"), "/beam.pid", NULL);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(kill((pid_t)atoi(text), number), ==, 0);
}
