#include "queue/event.h"

#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "s3/aws/uri.h"

/* The version of our own bodies. */
#define OWN_VERSION 1

/* The part of a foreign name that is quoted in an error. */
#define MAX_WORDS 100

typedef struct {
    EventProducer configured;
    EventProducer producer; /* of the record that is read */
    gboolean is_bridge;     /* EventBridge's names and keys */
    GPtrArray *events;
} Parse;

/* Beginnings of events' names; the first match counts; names that are in no row mean nothing to us. MinIO
 * counts changes of tags and locks as creations. */
static const struct {
    const char *prefix;
    EventKind kind;
} names[] = {
    {"ObjectCreated:PutTagging", EVENT_OTHER},   {"ObjectCreated:DeleteTagging", EVENT_OTHER},
    {"ObjectCreated:PutRetention", EVENT_OTHER}, {"ObjectCreated:PutLegalHold", EVENT_OTHER},
    {"ObjectCreated:", EVENT_CREATED},           {"ObjectRestore:Completed", EVENT_CREATED},
    {"ObjectSynced:Create", EVENT_CREATED},      {"ObjectRemoved:", EVENT_REMOVED},
    {"ObjectSynced:Delete", EVENT_REMOVED},      {"ObjectLifecycle:Expiration", EVENT_REMOVED},
    {"LifecycleExpiration:", EVENT_REMOVED},     {"Object Created", EVENT_CREATED},
    {"Object Restore Completed", EVENT_CREATED}, {"Object Deleted", EVENT_REMOVED},
};

static const char *const producer_words[] = {"auto", "aws", "ceph", "minio"};

gboolean event_producer_parse(const char *word, EventProducer *ret_producer)
{
    for (gsize i = 0; i < G_N_ELEMENTS(producer_words); i++) {
        if (strcmp(word, producer_words[i]) == 0) {
            *ret_producer = (EventProducer)i;
            return TRUE;
        }
    }
    return FALSE;
}

void event_free(Event *event)
{
    if (event == NULL)
        return;
    g_free(event->name);
    g_free(event->bucket);
    g_free(event->key);
    g_free(event->version_id);
    g_free(event->etag);
    g_free(event->sequencer);
    g_free(event);
}

static void free_event(void *event)
{
    event_free(event);
}

/* A member that is a string, or "". */
static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* NULL for "". */
static char *copy_of(const char *text)
{
    return *text != '\0' ? g_strdup(text) : NULL;
}

static EventKind kind_of(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_has_prefix(name, names[i].prefix))
            return names[i].kind;
    return EVENT_OTHER;
}

/* Ceph's samples have the size as a string. */
static gint64 size_of(const json_t *object)
{
    const json_t *size = json_object_get(object, "size");
    guint64 parsed = 0;

    if (json_is_integer(size))
        return json_integer_value(size) >= 0 ? json_integer_value(size) : -1;
    if (json_is_string(size) &&
        g_ascii_string_to_unsigned(json_string_value(size), 10, 0, G_MAXINT64, &parsed, NULL))
        return (gint64)parsed;
    return -1;
}

/* AWS's and MinIO's sequencers are digits of a growing number. Ceph's are bytes of a time in the machine's
 * order, which cannot be compared as text. */
static char *sequencer_of(const json_t *object, EventProducer producer)
{
    const char *text = text_of(object, "sequencer");

    if (producer == EVENT_FROM_CEPH || *text == '\0')
        return NULL;
    for (const char *at = text; *at != '\0'; at++)
        if (!g_ascii_isxdigit(*at))
            return NULL;
    return g_ascii_strup(text, -1);
}

static gboolean take_key(Event *event, const char *key, gboolean is_encoded, GError **error)
{
    event->key = g_strdup(key);
    if (is_encoded && !uri_decode_form(event->key, error)) {
        g_prefix_error(error, "the key of event %s: ", event->name);
        return FALSE;
    }
    if (event->kind == EVENT_OTHER || (*event->key != '\0' && strlen(event->key) <= LIMIT_KEY_BYTES))
        return TRUE;
    error_set(error, ERROR_INPUT, "event %s has %s", event->name,
              *event->key == '\0' ? "no key" : "a key of more than 1024 bytes");
    return FALSE;
}

/* The common part of all forms. bucket and object are what has "name" and "key". */
static gboolean add_event(Parse *parse, const char *name, const json_t *bucket, const json_t *object,
                          GError **error)
{
    const gboolean is_bridge = parse->is_bridge;
    const gboolean is_encoded = !is_bridge && parse->producer != EVENT_FROM_CEPH;
    g_autoptr(Event) event = g_new0(Event, 1);
    g_autofree char *short_name = g_strndup(name, MAX_WORDS);

    event->name = quote_key(short_name);
    event->kind = kind_of(name);
    event->bucket = g_strdup(text_of(bucket, "name"));
    event->version_id = copy_of(text_of(object, is_bridge ? "version-id" : "versionId"));
    event->etag = copy_of(text_of(object, is_bridge ? "etag" : "eTag"));
    event->size_bytes = size_of(object);
    event->sequencer = sequencer_of(object, parse->producer);
    if (*event->bucket == '\0' && event->kind != EVENT_OTHER) {
        error_set(error, ERROR_INPUT, "event %s names no bucket", event->name);
        return FALSE;
    }
    if (!take_key(event, text_of(object, "key"), is_encoded, error))
        return FALSE;
    g_ptr_array_add(parse->events, g_steal_pointer(&event));
    return TRUE;
}

static gboolean producer_of(const char *source, EventProducer *ret_producer)
{
    if (g_str_has_prefix(source, "ceph:"))
        *ret_producer = EVENT_FROM_CEPH;
    else if (g_str_has_prefix(source, "minio:"))
        *ret_producer = EVENT_FROM_MINIO;
    else
        *ret_producer = EVENT_FROM_AWS;
    return g_str_has_suffix(source, ":s3");
}

static gboolean add_record(Parse *parse, const json_t *record, GError **error)
{
    const char *name = text_of(record, "eventName");
    const char *version = text_of(record, "eventVersion");
    const char *source = text_of(record, "eventSource");
    const json_t *s3 = json_object_get(record, "s3");
    EventProducer said;

    if (!producer_of(source, &said) && (parse->configured == EVENT_FROM_BODY || *source != '\0')) {
        g_autofree char *quoted = quote_key(source);

        error_set(error, ERROR_INPUT, "a record is not of an object store: its eventSource is \"%.*s\"",
                  MAX_WORDS, quoted);
        return FALSE;
    }
    parse->producer = parse->configured != EVENT_FROM_BODY ? parse->configured : said;
    if (*version != '\0' && !g_str_has_prefix(version, "2.")) {
        g_autofree char *quoted = quote_key(version);

        error_set(error, ERROR_INPUT, "a record's eventVersion is \"%.*s\", not 2.x", MAX_WORDS, quoted);
        return FALSE;
    }
    if (g_str_has_prefix(name, "s3:"))
        name += strlen("s3:");
    if (*name == '\0') {
        error_set(error, ERROR_INPUT, "a record has no eventName");
        return FALSE;
    }
    return add_event(parse, name, json_object_get(s3, "bucket"), json_object_get(s3, "object"), error);
}

static gboolean add_records(Parse *parse, const json_t *records, GError **error)
{
    if (json_array_size(records) > EVENT_MAX_EVENTS) {
        error_set(error, ERROR_INPUT, "more than %u records in one message", EVENT_MAX_EVENTS);
        return FALSE;
    }
    for (gsize i = 0; i < json_array_size(records); i++)
        if (!add_record(parse, json_array_get(records, i), error))
            return FALSE;
    return TRUE;
}

static gboolean add_bridge(Parse *parse, const json_t *root, GError **error)
{
    const char *source = text_of(root, "source");
    const json_t *detail = json_object_get(root, "detail");

    if (strcmp(source, "aws.s3") != 0 && parse->configured == EVENT_FROM_BODY) {
        g_autofree char *quoted = quote_key(source);

        error_set(error, ERROR_INPUT, "an EventBridge event of \"%.*s\", not of aws.s3", MAX_WORDS, quoted);
        return FALSE;
    }
    if (strchr(text_of(root, "detail-type"), ' ') == NULL) {
        error_set(error, ERROR_INPUT, "an EventBridge event of an unknown detail-type");
        return FALSE;
    }
    parse->is_bridge = TRUE;
    parse->producer = EVENT_FROM_AWS;
    return add_event(parse, text_of(root, "detail-type"), json_object_get(detail, "bucket"),
                     json_object_get(detail, "object"), error);
}

static gboolean add_own(Parse *parse, const json_t *root, GError **error)
{
    const json_t *keys = json_object_get(root, "keys");
    const char *bucket = text_of(root, "bucket");

    if (json_integer_value(json_object_get(root, "thumbmill")) != OWN_VERSION) {
        error_set(error, ERROR_INPUT, "a message of another version of thumbmill");
        return FALSE;
    }
    if (!json_is_array(keys) || json_array_size(keys) > EVENT_MAX_OWN || *bucket == '\0') {
        error_set(error, ERROR_INPUT, "a message of thumbmill without a bucket, or without a list of keys");
        return FALSE;
    }
    for (gsize i = 0; i < json_array_size(keys); i++) {
        const char *key = json_string_value(json_array_get(keys, i));
        g_autoptr(Event) event = g_new0(Event, 1);

        event->kind = EVENT_CREATED;
        event->name = g_strdup("enqueue");
        event->bucket = g_strdup(bucket);
        event->size_bytes = -1;
        if (!take_key(event, key != NULL ? key : "", TRUE, error))
            return FALSE;
        g_ptr_array_add(parse->events, g_steal_pointer(&event));
    }
    return TRUE;
}

/* Follows SNS's wrapping. *root is replaced by what it wraps. */
static gboolean unwrap(json_t **root, GError **error)
{
    for (guint wraps = 0; strcmp(text_of(*root, "Type"), "Notification") == 0; wraps++) {
        json_t *inner = json_loads(text_of(*root, "Message"), JSON_REJECT_DUPLICATES, NULL);

        if (!json_is_object(inner) || wraps == EVENT_MAX_WRAPS) {
            json_decref(inner);
            error_set(error, ERROR_INPUT, "a message of SNS with something else than an event in it");
            return FALSE;
        }
        json_decref(*root);
        *root = inner;
    }
    return TRUE;
}

static gboolean add_all(Parse *parse, json_t **root, GError **error)
{
    if (!unwrap(root, error))
        return FALSE;
    if (json_is_array(json_object_get(*root, "Records")))
        return add_records(parse, json_object_get(*root, "Records"), error);
    if (json_is_object(json_object_get(*root, "detail")))
        return add_bridge(parse, *root, error);
    if (json_object_get(*root, "thumbmill") != NULL)
        return add_own(parse, *root, error);
    if (strcmp(text_of(*root, "Event"), "s3:TestEvent") == 0)
        return TRUE;
    error_set(error, ERROR_INPUT, "a JSON object that is no event");
    return FALSE;
}

GPtrArray *event_parse(const char *body, gsize size_bytes, EventProducer producer, GError **error)
{
    Parse parse = {.configured = producer};
    gboolean is_good = FALSE;
    json_t *root;

    if (size_bytes > EVENT_MAX_BODY_BYTES) {
        error_set(error, ERROR_INPUT, "a message of more than %u bytes", EVENT_MAX_BODY_BYTES);
        return NULL;
    }
    root = json_loadb(body, size_bytes, JSON_REJECT_DUPLICATES, NULL);
    parse.events = g_ptr_array_new_with_free_func(free_event);
    if (json_is_object(root))
        is_good = add_all(&parse, &root, error);
    else
        error_set(error, ERROR_INPUT, "a message that is not a JSON object");
    json_decref(root);
    if (!is_good)
        g_clear_pointer(&parse.events, g_ptr_array_unref);
    return parse.events;
}

/* The shorter one is continued with zeros (Amazon S3 User Guide, "Event message structure"). */
int event_order(const Event *a, const Event *b)
{
    const char *left = a->sequencer;
    const char *right = b->sequencer;

    if (left == NULL || right == NULL)
        return 0;
    while (*left != '\0' || *right != '\0') {
        int digit_left = *left != '\0' ? *left++ : '0';
        int digit_right = *right != '\0' ? *right++ : '0';

        if (digit_left != digit_right)
            return digit_left < digit_right ? -1 : 1;
    }
    return 0;
}

char *event_write(const char *bucket, const char *const *keys, gsize key_count)
{
    json_t *array = json_array();
    json_t *root;
    char *dumped;
    char *body;

    g_assert(key_count <= EVENT_MAX_OWN);
    for (gsize i = 0; i < key_count; i++) {
        g_autofree char *encoded = uri_encode(keys[i], URI_KEEP_SLASH);

        json_array_append_new(array, json_string(encoded));
    }
    root = json_pack("{s:i, s:s, s:o}", "thumbmill", OWN_VERSION, "bucket", bucket, "keys", array);
    dumped = json_dumps(root, JSON_COMPACT);
    body = g_strdup(dumped);
    free(dumped);
    json_decref(root);
    return body;
}
