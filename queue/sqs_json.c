#include "queue/sqs_json.h"

#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "queue/event.h"
#include "s3/aws/digest.h"

/* The part of a message of SQS that is kept. */
#define MAX_WORDS 300

void sqs_message_free(SqsMessage *message)
{
    if (message == NULL)
        return;
    g_free(message->receipt);
    g_free(message->body);
    g_free(message);
}

static void free_message(void *message)
{
    sqs_message_free(message);
}

/* Consumes root. */
static char *dump(json_t *root)
{
    char *dumped = json_dumps(root, JSON_COMPACT);
    char *text = g_strdup(dumped);

    free(dumped);
    json_decref(root);
    return text;
}

/* AttributeNames is the old name of MessageSystemAttributeNames. */
char *sqs_write_receive(const char *queue_url, guint count, guint wait_s, guint visibility_s)
{
    return dump(json_pack("{s:s, s:i, s:i, s:i, s:[s], s:[s]}", "QueueUrl", queue_url, "MaxNumberOfMessages",
                          (int)count, "WaitTimeSeconds", (int)wait_s, "VisibilityTimeout", (int)visibility_s,
                          "MessageSystemAttributeNames", "ApproximateReceiveCount", "AttributeNames",
                          "ApproximateReceiveCount"));
}

char *sqs_write_batch(const char *queue_url, const char *const *receipts, const guint *visibilities_s,
                      gsize count)
{
    json_t *entries = json_array();

    for (gsize i = 0; i < count; i++) {
        g_autofree char *id = g_strdup_printf("%" G_GSIZE_FORMAT, i);
        json_t *entry = json_pack("{s:s, s:s}", "Id", id, "ReceiptHandle", receipts[i]);

        if (visibilities_s != NULL)
            json_object_set_new(entry, "VisibilityTimeout", json_integer(visibilities_s[i]));
        json_array_append_new(entries, entry);
    }
    return dump(json_pack("{s:s, s:o}", "QueueUrl", queue_url, "Entries", entries));
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static json_t *load(const char *text, gsize size_bytes, GError **error)
{
    json_t *root = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(root))
        return root;
    json_decref(root);
    error_set(error, ERROR_TRANSIENT, "SQS answered with something else than a JSON object");
    return NULL;
}

static gboolean is_intact(const char *body, gsize size_bytes, const char *expected)
{
    guint8 md5[DIGEST_MD5_BYTES];
    g_autofree char *hex = NULL;

    digest_md5(body, size_bytes, md5);
    hex = digest_hex(md5, sizeof md5);
    return *expected == '\0' || g_ascii_strcasecmp(hex, expected) == 0;
}

static SqsMessage *read_message(const json_t *object)
{
    const char *receipt = text_of(object, "ReceiptHandle");
    const json_t *body = json_object_get(object, "Body");
    const char *receives = text_of(json_object_get(object, "Attributes"), "ApproximateReceiveCount");
    guint64 count = 1;
    SqsMessage *message;

    if (*receipt == '\0' || strlen(receipt) > SQS_MAX_RECEIPT_BYTES || !json_is_string(body) ||
        !is_intact(json_string_value(body), json_string_length(body), text_of(object, "MD5OfBody")))
        return NULL;
    message = g_new0(SqsMessage, 1);
    g_ascii_string_to_unsigned(receives, 10, 1, G_MAXINT, &count, NULL);
    message->receives = (guint)count;
    message->receipt = g_strdup(receipt);
    message->body_bytes = json_string_length(body);
    if (message->body_bytes <= EVENT_MAX_BODY_BYTES)
        message->body = g_strdup(json_string_value(body));
    return message;
}

GPtrArray *sqs_read_messages(const char *text, gsize size_bytes, GError **error)
{
    json_t *root = load(text, size_bytes, error);
    const json_t *list = json_object_get(root, "Messages");
    GPtrArray *messages;

    if (root == NULL)
        return NULL;
    messages = g_ptr_array_new_with_free_func(free_message);
    for (gsize i = 0; i < MIN(json_array_size(list), SQS_BATCH); i++) {
        SqsMessage *message = read_message(json_array_get(list, i));

        if (message != NULL)
            g_ptr_array_add(messages, message);
    }
    json_decref(root);
    return messages;
}

/* The index of an entry, or G_MAXUINT64. */
static guint64 index_of(const json_t *entry, gsize count)
{
    guint64 i = G_MAXUINT64;

    if (count == 0 || !g_ascii_string_to_unsigned(text_of(entry, "Id"), 10, 0, count - 1, &i, NULL))
        return G_MAXUINT64;
    return i;
}

gboolean sqs_read_batch(const char *text, gsize size_bytes, gsize count, SqsOutcome *ret_outcomes,
                        GError **error)
{
    json_t *root = load(text, size_bytes, error);
    const json_t *good = json_object_get(root, "Successful");
    const json_t *bad = json_object_get(root, "Failed");

    if (root == NULL)
        return FALSE;
    for (gsize i = 0; i < count; i++)
        ret_outcomes[i] = SQS_AGAIN;
    for (gsize i = 0; i < json_array_size(good); i++) {
        guint64 entry = index_of(json_array_get(good, i), count);

        if (entry != G_MAXUINT64)
            ret_outcomes[entry] = SQS_DONE;
    }
    for (gsize i = 0; i < json_array_size(bad); i++) {
        const json_t *failed = json_array_get(bad, i);
        guint64 entry = index_of(failed, count);

        if (entry != G_MAXUINT64)
            ret_outcomes[entry] = json_is_true(json_object_get(failed, "SenderFault")) ? SQS_GONE : SQS_AGAIN;
    }
    json_decref(root);
    return TRUE;
}

void sqs_read_error(const char *text, gsize size_bytes, char **ret_code, char **ret_message)
{
    json_t *root = json_loadb(text, size_bytes, 0, NULL);
    const char *type = text_of(root, "__type");
    const char *name = strrchr(type, '#');
    const char *message = text_of(root, "message");

    *ret_code = NULL;
    *ret_message = NULL;
    if (*message == '\0')
        message = text_of(root, "Message");
    if (name != NULL)
        type = name + 1;
    if (*type != '\0') {
        g_autofree char *cut = g_strndup(type, MAX_WORDS);

        *ret_code = quote_key(cut);
    }
    if (*message != '\0') {
        g_autofree char *cut = g_strndup(message, MAX_WORDS);

        *ret_message = quote_key(cut);
    }
    json_decref(root);
}
