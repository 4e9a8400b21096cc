#include "tests/queue/sqs_bench.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/sqs_call.h"

typedef struct {
    char *answer;
    gboolean is_over;
} Asked;

static void on_asked(const GString *body, const GError *error, const char *code, void *user)
{
    Asked *asked = user;

    (void)code;
    g_assert_no_error(error);
    asked->answer = g_strdup(body->str);
    asked->is_over = TRUE;
}

char *sqs_bench_ask(SqsBench *bench, const char *operation, const char *body)
{
    const SqsService service = {.http = bench->http,
                                .keeper = bench->keeper,
                                .endpoint = bench->endpoint,
                                .host = strstr(bench->endpoint, "//") + 2,
                                .region = "us-east-1"};
    Asked asked = {0};

    sqs_call_start(&service, operation, g_strdup(body), 10000, on_asked, &asked);
    while (!asked.is_over)
        g_main_context_iteration(bench->owner.context, TRUE);
    return asked.answer;
}

static char *create(SqsBench *bench, const char *name, const char *attributes)
{
    g_autofree char *body = g_strdup_printf("{\"QueueName\":\"%s\",\"Attributes\":{%s}}", name, attributes);
    g_autofree char *answer = sqs_bench_ask(bench, "CreateQueue", body);

    g_free(answer);
    answer = NULL;
    return g_strdup_printf("%s/000000000000/%s", bench->endpoint, name);
}

SqsBench *sqs_bench_new(const char *name)
{
    SqsBench *bench = g_new0(SqsBench, 1);
    const char *endpoint = g_getenv("SQS_ENDPOINT");
    g_autoptr(Credentials) credentials = credentials_new("test", secret_new("test", 4), NULL, "test");
    g_autofree char *full = g_strdup_printf("test-%d-%s", getpid(), name);
    g_autofree char *dead = g_strconcat(full, "-dead", NULL);
    g_autofree char *attributes =
        g_strdup_printf("\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:us-east-1:"
                        "000000000000:%s\\\",\\\"maxReceiveCount\\\":3}\"",
                        dead);

    if (endpoint == NULL)
        g_error("SQS_ENDPOINT is not set: start an emulator with tests/servers/sqs and source its env file");
    bench->endpoint = g_strdup(endpoint);
    owner_init(&bench->owner);
    bench->http = http_client_new(bench->owner.context, NULL, &bench->counters, NULL);
    bench->keeper = credentials_keeper_new_fixed(credentials, bench->owner.context);
    bench->dead_url = create(bench, dead, "");
    bench->url = create(bench, full, attributes);
    return bench;
}

void sqs_bench_free(SqsBench *bench)
{
    g_clear_pointer(&bench->owner.queue, queue_free);
    credentials_keeper_free(bench->keeper);
    http_client_free(bench->http);
    owner_clear(&bench->owner);
    g_free(bench->endpoint);
    g_free(bench->url);
    g_free(bench->dead_url);
    g_free(bench);
}

void sqs_bench_open(SqsBench *bench, guint visibility_s, guint held_max)
{
    const QueueListener listener = owner_listener(&bench->owner);
    const SqsOptions options = {.url = bench->url,
                                .region = "us-east-1",
                                .visibility_s = visibility_s,
                                .http = bench->http,
                                .keeper = bench->keeper};
    g_autoptr(GError) error = NULL;

    bench->owner.queue = sqs_queue_new(&options, &listener, &error);
    g_assert_no_error(error);
    queue_receive(bench->owner.queue, held_max);
}

void sqs_bench_send(SqsBench *bench, guint count)
{
    for (guint i = 0; i < count; i += 10) {
        g_autoptr(GString) body = g_string_new(NULL);
        g_autofree char *answer = NULL;

        g_string_printf(body, "{\"QueueUrl\":\"%s\",\"Entries\":[", bench->url);
        for (guint j = i; j < MIN(i + 10, count); j++)
            g_string_append_printf(body, "%s{\"Id\":\"%u\",\"MessageBody\":\"%u\"}", j > i ? "," : "", j, j);
        g_string_append(body, "]}");
        answer = sqs_bench_ask(bench, "SendMessageBatch", body->str);
        g_assert_null(strstr(answer, "SenderFault"));
    }
}

guint sqs_bench_count(SqsBench *bench, const char *url, const char *attribute)
{
    g_autofree char *body =
        g_strdup_printf("{\"QueueUrl\":\"%s\",\"AttributeNames\":[\"%s\"]}", url, attribute);
    g_autofree char *answer = sqs_bench_ask(bench, "GetQueueAttributes", body);
    const char *value = strstr(answer, attribute);

    g_assert_nonnull(value);
    return (guint)g_ascii_strtoull(value + strlen(attribute) + strlen("\":\""), NULL, 10);
}
