#include "s3/list_xml.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "s3/aws/uri.h"
#include "s3/aws/xml.h"

/* A text of the open object, in ListXml.texts. */
typedef struct {
    gboolean is_set;
    gsize at;
} Text;

/* A page is parsed when it is complete, or so much of it has arrived: at once it takes a fifth less CPU time. */
#define PARSED_BYTES (1u << 20)

/* Space for a page of 1000 keys. */
#define PAGE_BYTES (256u << 10)

struct ListXml {
    XmlReader *reader;
    GByteArray *unparsed;
    S3Page page;
    gboolean has_object; /* a <Contents> element is open, and the next five describe it */
    S3Object object;     /* without its texts */
    Text key, etag, storage_class;
    GString *texts; /* each with a NUL */
    gboolean by_marker;
    gboolean is_error;
    gboolean is_truncated;
    gboolean is_encoded;
    char *token;
    char *error_code;
};

void s3_object_free(S3Object *object)
{
    g_free(object);
}

gboolean s3_object_is_archived(const S3Object *object)
{
    return !object->is_restored && (g_strcmp0(object->storage_class, "GLACIER") == 0 ||
                                    g_strcmp0(object->storage_class, "DEEP_ARCHIVE") == 0);
}

void s3_page_clear(S3Page *page)
{
    g_clear_pointer(&page->objects, g_ptr_array_unref);
    g_clear_pointer(&page->next_token, g_free);
}

/* Most names are told apart by their first letters. */
static gboolean is_named(const char *name, const char *wanted)
{
    return name[0] == wanted[0] && strcmp(name, wanted) == 0;
}

static void begin_object(ListXml *list)
{
    list->has_object = TRUE;
    list->object = (S3Object){0};
    list->key = list->etag = list->storage_class = (Text){0};
    g_string_truncate(list->texts, 0);
}

static char *text_in(const Text *text, char *texts)
{
    return text->is_set ? texts + text->at : NULL;
}

/* Makes one block of the object and its texts. */
static void end_object(ListXml *list)
{
    S3Object *object = g_malloc(sizeof *object + list->texts->len);
    char *texts = (char *)(object + 1);

    *object = list->object;
    memcpy(texts, list->texts->str, list->texts->len);
    object->key = text_in(&list->key, texts);
    object->etag = text_in(&list->etag, texts);
    object->storage_class = text_in(&list->storage_class, texts);
    g_ptr_array_add(list->page.objects, object);
    list->has_object = FALSE;
}

static gboolean list_start(guint depth, const char *name, void *data, GError **error)
{
    ListXml *list = data;

    if (depth == 1 && strcmp(name, "Error") == 0) {
        list->is_error = TRUE;
    } else if (depth == 1 && strcmp(name, "ListBucketResult") != 0) {
        g_autofree char *quoted = quote_key(name);

        error_set(error, ERROR_PERMANENT,
                  "the response to a listing is <%.100s>: the endpoint is not an S3 server", quoted);
        return FALSE;
    }
    if (depth == 2 && strcmp(name, "Contents") == 0) {
        if (list->page.objects->len >= LIST_XML_MAX_OBJECTS) {
            error_set(error, ERROR_PERMANENT, "a listing page of more than %u keys", LIST_XML_MAX_OBJECTS);
            return FALSE;
        }
        begin_object(list);
    }
    return TRUE;
}

static void keep(ListXml *list, const char *text, gsize length, Text *ret_text)
{
    *ret_text = (Text){TRUE, list->texts->len};
    g_string_append_len(list->texts, text, (gssize)length);
    g_string_append_c(list->texts, '\0');
}

static void keep_etag(ListXml *list, const char *text)
{
    const gsize length = strlen(text);

    if (length >= 2 && text[0] == '"' && text[length - 1] == '"')
        keep(list, text + 1, length - 2, &list->etag);
    else
        keep(list, text, length, &list->etag);
}

static void set_text(char **field, char *value)
{
    g_free(*field);
    *field = value;
}

static gboolean object_set(ListXml *list, const char *name, const char *text, GError **error)
{
    gboolean ok = TRUE;

    if (is_named(name, "Key"))
        keep(list, text, strlen(text), &list->key);
    else if (is_named(name, "ETag"))
        keep_etag(list, text);
    else if (is_named(name, "StorageClass"))
        keep(list, text, strlen(text), &list->storage_class);
    else if (is_named(name, "Size"))
        ok = g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &list->object.size_bytes, NULL);
    else if (is_named(name, "LastModified"))
        ok = clock_parse_iso(text, &list->object.mtime_s);
    if (!ok)
        error_set(error, ERROR_PERMANENT, "a listing with a malformed %s", name);
    return ok;
}

static void page_set(ListXml *list, const char *name, const char *text)
{
    if (list->is_error && strcmp(name, "Code") == 0)
        set_text(&list->error_code, g_strdup(text));
    else if (strcmp(name, "IsTruncated") == 0)
        list->is_truncated = strcmp(text, "true") == 0;
    else if (strcmp(name, "NextContinuationToken") == 0 && !list->by_marker)
        set_text(&list->token, g_strdup(text));
    else if (strcmp(name, "EncodingType") == 0)
        list->is_encoded = strcmp(text, "url") == 0;
}

static gboolean list_end(guint depth, const char *name, const char *text, void *data, GError **error)
{
    ListXml *list = data;

    /* Part of RestoreStatus, which has it only when the restored copy is there. */
    if (depth == 4 && list->has_object && is_named(name, "RestoreExpiryDate"))
        list->object.is_restored = TRUE;
    if (depth == 3 && list->has_object)
        return object_set(list, name, text, error);
    if (depth == 2 && list->has_object)
        end_object(list);
    else if (depth == 2)
        page_set(list, name, text);
    return TRUE;
}

static const XmlHandlers handlers = {list_start, list_end};

ListXml *list_xml_new(gboolean by_marker)
{
    ListXml *list = g_new0(ListXml, 1);

    list->by_marker = by_marker;
    list->unparsed = g_byte_array_sized_new(PAGE_BYTES);
    list->texts = g_string_new(NULL);
    list->reader = xml_reader_new(&handlers, LIMIT_LIST_BYTES, list);
    list->page.objects = g_ptr_array_new_with_free_func((GDestroyNotify)s3_object_free);
    return list;
}

void list_xml_free(ListXml *list)
{
    if (list == NULL)
        return;
    xml_reader_free(list->reader);
    s3_page_clear(&list->page);
    g_byte_array_unref(list->unparsed);
    g_string_free(list->texts, TRUE);
    g_free(list->token);
    g_free(list->error_code);
    g_free(list);
}

static gboolean parse(ListXml *list, gboolean is_last, GError **error)
{
    const gboolean ok =
        xml_reader_feed(list->reader, list->unparsed->data, list->unparsed->len, is_last, error);

    g_byte_array_set_size(list->unparsed, 0);
    return ok;
}

gboolean list_xml_feed(ListXml *list, const void *data, gsize size_bytes, GError **error)
{
    g_byte_array_append(list->unparsed, data, (guint)size_bytes);
    return list->unparsed->len < PARSED_BYTES || parse(list, FALSE, error);
}

gboolean list_xml_is_error(const ListXml *list)
{
    return list->is_error;
}

/* Done at the end, since the response may name the encoding after the keys. */
static gboolean object_check(S3Object *object, gboolean is_encoded, GError **error)
{
    if (object->key == NULL || object->key[0] == '\0') {
        error_set(error, ERROR_PERMANENT, "a listing with an object that has no key");
        return FALSE;
    }
    if (is_encoded && !uri_decode_form(object->key, NULL)) {
        error_set(error, ERROR_PERMANENT, "a listing with a malformed percent-escape in a key");
        return FALSE;
    }
    if (strlen(object->key) > LIMIT_KEY_BYTES || !g_utf8_validate(object->key, -1, NULL)) {
        error_set(error, ERROR_PERMANENT, "a listing with a key that is longer than %u bytes or not UTF-8",
                  LIMIT_KEY_BYTES);
        return FALSE;
    }
    return TRUE;
}

/* In version 1, the last key takes the place of a token. */
static void set_marker(ListXml *list)
{
    const GPtrArray *objects = list->page.objects;

    if (objects->len > 0)
        set_text(&list->token, g_strdup(((const S3Object *)objects->pdata[objects->len - 1])->key));
}

gboolean list_xml_finish(ListXml *list, S3Page *ret_page, GError **error)
{
    if (!parse(list, TRUE, error))
        return FALSE;
    if (list->is_error) {
        g_autofree char *code = quote_key(list->error_code != NULL ? list->error_code : "no code");

        error_set(error, ERROR_TRANSIENT, "the server failed during a listing (%.100s)", code);
        return FALSE;
    }
    for (guint i = 0; i < list->page.objects->len; i++) {
        if (!object_check(g_ptr_array_index(list->page.objects, i), list->is_encoded, error))
            return FALSE;
    }
    if (list->by_marker)
        set_marker(list);
    if (list->is_truncated && (list->token == NULL || list->token[0] == '\0')) {
        error_set(error, ERROR_PERMANENT, "a truncated listing without a continuation token");
        return FALSE;
    }
    ret_page->objects = g_steal_pointer(&list->page.objects);
    ret_page->next_token = list->is_truncated ? g_steal_pointer(&list->token) : NULL;
    return TRUE;
}
