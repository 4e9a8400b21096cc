/* For any request of a worker to sign an upload, the worker gets a URL for an output of its own task, once
 * for each, or none. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/dispatch/countersign.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "fuzz.h"
#include "store/open.h"

typedef struct {
    GMainContext *context;
    RequestCounters counters;
    CredentialsKeeper *keeper;
    HttpClient *http;
    Store *store;
    Config *config[2];
} Bench;

static void drop(LogLevel level, const char *message, GVariant *fields, void *data)
{
    (void)level;
    (void)message;
    (void)fields;
    (void)data;
}

static Config *parse(const char *s3)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: 's3://originals/'}\n"
                        "destination: {url: 's3://bkt/web/', s3: {endpoint: 'http://127.0.0.1:9', %s}}\n"
                        "outputs: [{name: a, width: 1, height: 1}]\n",
                        s3);

    return config_parse(text, strlen(text), "c", NULL);
}

static const Bench *bench(void)
{
    static Bench bench;
    g_autoptr(Credentials) credentials = NULL;

    if (bench.store != NULL)
        return &bench;
    log_set_sink(drop, NULL);
    credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    bench.context = g_main_context_new();
    bench.keeper = credentials_keeper_new_fixed(credentials, bench.context);
    bench.http = http_client_new(bench.context, NULL, &bench.counters, NULL);
    bench.store = store_open(&(StoreOptions){.url = "s3://bkt/web/",
                                             .context = bench.context,
                                             .counters = &bench.counters,
                                             .endpoint = "http://127.0.0.1:9",
                                             .keeper = bench.keeper,
                                             .http = bench.http},
                             NULL);
    bench.config[0] = parse("sign_payload: true");
    bench.config[1] = parse("checksum: crc32c");
    return &bench;
}

static void wanted_clear(void *data)
{
    g_free(((DiffOutput *)data)->key);
}

static void add_output(ObjectTask *task, WorkObject *object, guint number, const char *key,
                       ImageFormat format)
{
    const DiffOutput wanted = {.output = number, .key = g_strdup(key)};
    TaskOutput output = {.number = number,
                         .reference = g_strdup(""),
                         .headers = g_new0(char *, 1),
                         .recipe = {.format = format}};

    g_array_append_val(task->outputs, output);
    g_array_append_val(object->outputs, wanted);
}

static void check_answer(GVariant *answer)
{
    GVariantIter items;
    const char *reference;
    GVariant *headers;
    guint n = 0;

    g_variant_iter_init(&items, answer);
    while (g_variant_iter_next(&items, "(&s@as)", &reference, &headers)) {
        g_assert_true(g_str_has_prefix(reference, "http://127.0.0.1:9/bkt/web/a/1.webp") ||
                      g_str_has_prefix(reference, "http://127.0.0.1:9/bkt/web/b/1.png"));
        g_variant_unref(headers);
        n++;
    }
    g_assert_cmpuint(n, <=, 2);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const Bench *on = bench();
    g_autoptr(GBytes) bytes = g_bytes_new(data + (size > 0), size - (size > 0));
    g_autoptr(GVariant) question =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(SIGN_QUESTION_TYPE), bytes, FALSE));
    g_autoptr(ObjectTask) task = object_task_new();
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;
    WorkObject *object = g_new0(WorkObject, 1);

    object->outputs = g_array_new(FALSE, FALSE, sizeof(DiffOutput));
    g_array_set_clear_func(object->outputs, wanted_clear);
    add_output(task, object, 0, "a/1.webp", FORMAT_WEBP);
    add_output(task, object, 2, "b/1.png", FORMAT_SOURCE);
    answer = countersign(&(Countersigning){on->config[size > 0 && data[0] % 2], on->store, task, object},
                         ASK_SIGN, question, &error);
    if (answer != NULL) {
        g_variant_ref_sink(answer);
        check_answer(answer);
    } else {
        g_assert_cmpint(error_class(error), ==, ERROR_INTERNAL);
    }
    work_object_free(object);
    return 0;
}
