#include "s3/list_xml.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "s3/aws/uri.h"
#include "s3/aws/xml.h"

struct ListXml {
    XmlReader *reader;
    S3Page page;
    S3Object *object; /* the open <Contents> element, or NULL */
    gboolean by_marker;
    gboolean is_error;
    gboolean is_truncated;
    gboolean is_encoded;
    char *token;
    char *error_code;
};

void s3_object_free(S3Object *object)
{
    if (object == NULL)
        return;
    g_free(object->key);
    g_free(object->etag);
    g_free(object->storage_class);
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
        list->object = g_new0(S3Object, 1);
    }
    return TRUE;
}

static char *strip_quotes(const char *text)
{
    gsize length = strlen(text);

    if (length >= 2 && text[0] == '"' && text[length - 1] == '"')
        return g_strndup(text + 1, length - 2);
    return g_strdup(text);
}

static void set_text(char **field, char *value)
{
    g_free(*field);
    *field = value;
}

static gboolean object_set(S3Object *object, const char *name, const char *text, GError **error)
{
    gboolean ok = TRUE;

    if (strcmp(name, "Key") == 0)
        set_text(&object->key, g_strdup(text));
    else if (strcmp(name, "ETag") == 0)
        set_text(&object->etag, strip_quotes(text));
    else if (strcmp(name, "StorageClass") == 0)
        set_text(&object->storage_class, g_strdup(text));
    else if (strcmp(name, "Size") == 0)
        ok = g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &object->size_bytes, NULL);
    else if (strcmp(name, "LastModified") == 0)
        ok = clock_parse_iso(text, &object->mtime_s);
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
    if (depth == 4 && list->object != NULL && strcmp(name, "RestoreExpiryDate") == 0)
        list->object->is_restored = TRUE;
    if (depth == 3 && list->object != NULL)
        return object_set(list->object, name, text, error);
    if (depth == 2 && list->object != NULL)
        g_ptr_array_add(list->page.objects, g_steal_pointer(&list->object));
    else if (depth == 2)
        page_set(list, name, text);
    return TRUE;
}

static const XmlHandlers handlers = {list_start, list_end};

ListXml *list_xml_new(gboolean by_marker)
{
    ListXml *list = g_new0(ListXml, 1);

    list->by_marker = by_marker;
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
    s3_object_free(list->object);
    g_free(list->token);
    g_free(list->error_code);
    g_free(list);
}

gboolean list_xml_feed(ListXml *list, const void *data, gsize size_bytes, GError **error)
{
    return xml_reader_feed(list->reader, data, size_bytes, FALSE, error);
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
    if (is_encoded) {
        char *decoded = uri_decode_form(object->key, NULL);

        if (decoded == NULL) {
            error_set(error, ERROR_PERMANENT, "a listing with a malformed percent-escape in a key");
            return FALSE;
        }
        set_text(&object->key, decoded);
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
    if (!xml_reader_feed(list->reader, NULL, 0, TRUE, error))
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
