/* Tests which requests of a worker a supervisor signs. No request is sent to a server. */
#include "config/config.h"
#include "daemon/dispatch/countersign.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/log.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "s3/presigned.h"
#include "store/open.h"

#define SHA256 "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
#define CRC32C "4waSgw=="

static GMainContext *context;
static RequestCounters counters;
static CredentialsKeeper *keeper;
static HttpClient *http;
static Store *store;
static Config *config;
static ObjectTask *task;
static WorkObject *object;
static guint warnings; /* number of warnings in the log */

static void count_warning(LogLevel level, const char *message, GVariant *fields, void *data)
{
    (void)message;
    (void)fields;
    (void)data;
    warnings += level == LOG_WARNING;
}

static void setup(void)
{
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");

    log_set_sink(count_warning, NULL);
    context = g_main_context_new();
    keeper = credentials_keeper_new_fixed(credentials, context);
    http = http_client_new(context, NULL, &counters, NULL);
    store = store_open(&(StoreOptions){.url = "s3://bkt/web/",
                                       .context = context,
                                       .counters = &counters,
                                       .endpoint = "http://127.0.0.1:9",
                                       .keeper = keeper,
                                       .http = http},
                       NULL);
    cr_assert_not_null(store);
}

static void add_output(guint number, const char *key, ImageFormat format)
{
    const DiffOutput wanted = {.output = number, .key = g_strdup(key)};
    TaskOutput output = {.number = number,
                         .reference = g_strdup(""),
                         .headers = g_new0(char *, 2),
                         .recipe = {.format = format}};

    output.headers[0] = g_strdup("Cache-Control: max-age=1");
    g_array_append_val(task->outputs, output);
    g_array_append_val(object->outputs, wanted);
}

/* s3: options of the destination. */
static void configure(const char *url, const char *s3)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: 's3://originals/'}\n"
                        "destination: {url: '%s', s3: {endpoint: 'http://127.0.0.1:9', %s}}\n"
                        "outputs: [{name: a, width: 1, height: 1}]\n",
                        url, s3);
    g_autoptr(GError) error = NULL;

    config = config_parse(text, strlen(text), "c", &error);
    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
}

static void wanted_clear(void *data)
{
    g_free(((DiffOutput *)data)->key);
}

/* Sets up an object in flight with outputs 0 (webp) and 2 (the source's format). */
static void have(const char *s3)
{
    configure("s3://bkt/web/", s3);
    task = object_task_new();
    object = g_new0(WorkObject, 1);
    object->outputs = g_array_new(FALSE, FALSE, sizeof(DiffOutput));
    g_array_set_clear_func(object->outputs, wanted_clear);
    add_output(0, "a/1.webp", FORMAT_WEBP);
    add_output(2, "b/1.png", FORMAT_SOURCE);
}

static void teardown(void)
{
    work_object_free(object);
    object_task_free(task);
    config_free(config);
    store_close(store);
    http_client_free(http);
    credentials_keeper_free(keeper);
    g_main_context_unref(context);
}

TestSuite(countersign, .init = setup, .fini = teardown);

static GVariant *ask(GVariant *question, GError **error)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(question);
    GVariant *answer = countersign(&(Countersigning){config, store, task, object}, ASK_SIGN, value, error);

    return answer != NULL ? g_variant_ref_sink(answer) : NULL;
}

static GVariant *claim(guint number, ImageFormat format, const char *sha256, const char *checksum)
{
    return g_variant_new_parsed("[(%u, %u, %s, %s)]", (guint32)number, (guint32)format, sha256, checksum);
}

static void refuses(GVariant *question, const char *text)
{
    const guint before = warnings;
    g_autoptr(GError) error = NULL;

    cr_assert_null(ask(question, &error), "signed: %s", text);
    cr_assert_eq(warnings, before + 1, "the operator hears of it");
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_not_null(strstr(error->message, text), "%s", error->message);
}

/* The URL in the first answer, owned by the caller. */
static char *reference_of(GVariant *answer, GStrv *ret_headers)
{
    char *reference;

    g_variant_get_child(answer, 0, "(s^as)", &reference, ret_headers);
    return reference;
}

static gboolean has_line(GStrv headers, const char *line)
{
    return g_strv_contains((const char *const *)headers, line);
}

Test(countersign, a_checksum_is_promised_by_the_url)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = NULL;
    g_auto(GStrv) headers = NULL;
    g_autofree char *reference = NULL;

    have("checksum: crc32c");
    cr_assert(countersign_is_needed(config));
    answer = ask(claim(0, FORMAT_WEBP, "", CRC32C), &error);
    cr_assert_not_null(answer, "%s", error != NULL ? error->message : "");
    reference = reference_of(answer, &headers);
    cr_assert(g_str_has_prefix(reference, "http://127.0.0.1:9/bkt/web/a/1.webp?"), "%s", reference);
    cr_assert_not_null(
        strstr(reference, "X-Amz-SignedHeaders=cache-control%3Bcontent-type%3Bhost%3Bx-amz-checksum-crc32c&"),
        "%s", reference);
    cr_assert_lt(presigned_end_s(reference), G_MAXINT64);
    cr_assert_eq(g_strv_length(headers), 3u);
    cr_assert(has_line(headers, "Cache-Control: max-age=1"));
    cr_assert(has_line(headers, "Content-Type: image/webp"));
    cr_assert(has_line(headers, "x-amz-checksum-crc32c: " CRC32C));
}

Test(countersign, a_payload_is_signed_in_headers)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = NULL;
    g_auto(GStrv) headers = NULL;
    g_autofree char *reference = NULL;
    g_autofree char *lines = NULL;

    have("sign_payload: true, checksum: crc32c");
    answer = ask(claim(2, FORMAT_PNG, SHA256, CRC32C), &error);
    cr_assert_not_null(answer, "%s", error != NULL ? error->message : "");
    reference = reference_of(answer, &headers);
    cr_assert_str_eq(reference, "http://127.0.0.1:9/bkt/web/b/1.png", "there is no secret in it");
    cr_assert(has_line(headers, "x-amz-content-sha256: " SHA256));
    lines = g_strjoinv("\n", headers);
    cr_assert_not_null(strstr(lines, "Authorization: AWS4-HMAC-SHA256 Credential=id/"), "%s", lines);
    cr_assert_not_null(strstr(lines, "SignedHeaders=cache-control;content-type;host;x-amz-checksum-crc32c;"
                                     "x-amz-content-sha256;x-amz-date,"),
                       "%s", lines);
}

Test(countersign, all_outputs_in_the_order_of_the_question)
{
    g_autoptr(GVariant) answer = NULL;
    g_auto(GStrv) headers = NULL;
    g_autofree char *reference = NULL;

    have("sign_payload: true");
    answer =
        ask(g_variant_new_parsed("[(uint32 2, uint32 0, '" SHA256 "', ''), (0, 2, '" SHA256 "', '')]"), NULL);
    cr_assert_not_null(answer);
    cr_assert_eq(g_variant_n_children(answer), (gsize)2);
    reference = reference_of(answer, &headers);
    cr_assert(g_str_has_suffix(reference, "/b/1.png"), "%s", reference);
    cr_assert(has_line(headers, "Content-Type:  image/jpeg"), "its source is one");
}

Test(countersign, a_worker_gets_nothing_that_it_was_not_given)
{
    have("sign_payload: true");
    refuses(claim(1, FORMAT_WEBP, SHA256, ""), "no output 1");
    refuses(claim(7, FORMAT_WEBP, SHA256, ""), "no output 7");
    g_array_remove_index(object->outputs, 0); /* it was made in the meantime */
    refuses(claim(0, FORMAT_WEBP, SHA256, ""), "no output 0");
    g_clear_pointer(&task, object_task_free);
    refuses(claim(2, FORMAT_WEBP, SHA256, ""), "does not have");
}

Test(countersign, each_output_is_signed_once)
{
    g_autoptr(GVariant) first = NULL;

    have("sign_payload: true");
    first = ask(claim(0, FORMAT_WEBP, SHA256, ""), NULL);
    cr_assert_not_null(first);
    refuses(claim(0, FORMAT_WEBP, SHA256, ""), "no output 0");
    refuses(g_variant_new_parsed("[(uint32 2, uint32 1, '" SHA256 "', ''), (2, 1, '" SHA256 "', '')]"),
            "no output 2");
}

Test(countersign, what_is_said_of_the_bytes_is_what_is_configured)
{
    have("sign_payload: true, checksum: crc32c");
    refuses(claim(0, FORMAT_PNG, SHA256, CRC32C), "an output format");
    refuses(claim(0, FORMAT_SOURCE, SHA256, CRC32C), "an output format");
    refuses(claim(0, (ImageFormat)99, SHA256, CRC32C), "an output format");
    refuses(claim(0, FORMAT_WEBP, "", CRC32C), "SHA-256");
    refuses(claim(0, FORMAT_WEBP, "UNSIGNED-PAYLOAD", CRC32C), "SHA-256");
    refuses(claim(0, FORMAT_WEBP, SHA256 "0", CRC32C), "SHA-256");
    refuses(claim(0, FORMAT_WEBP, SHA256, ""), "a malformed checksum");
    refuses(claim(0, FORMAT_WEBP, SHA256, CRC32C "\r\nx-amz-acl: public-read"), "a malformed checksum");
    refuses(claim(0, FORMAT_WEBP, SHA256, SHA256), "a malformed checksum");
}

Test(countersign, a_payload_that_nobody_wants_signed_is_none)
{
    have("checksum: crc32c");
    refuses(claim(0, FORMAT_WEBP, SHA256, CRC32C), "SHA-256");
}

Test(countersign, questions_of_another_kind_are_refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) question = NULL;

    have("checksum: crc32c");
    refuses(g_variant_new_parsed("[(uint32 0, 'a')]"), "does not have");
    question = g_variant_ref_sink(claim(0, FORMAT_WEBP, "", CRC32C));
    cr_assert_null(countersign(&(Countersigning){config, store, task, object}, "keys", question, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}

Test(countersign, only_a_bucket_needs_it_and_only_when_it_is_configured)
{
    configure("s3://bkt/web/", "verify_etag: true");
    cr_assert_not(countersign_is_needed(config));
    g_clear_pointer(&config, config_free);
    configure("file:///srv/web/", "checksum: sha256, sign_payload: true");
    cr_assert_not(countersign_is_needed(config));
}
