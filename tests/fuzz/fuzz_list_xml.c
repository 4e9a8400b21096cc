/* A page of a listing yields the same result, or is refused, however it is split into parts. */
#include "base/limits.h"
#include "fuzz.h"
#include "s3/list_xml.h"

#include <string.h>

static gboolean parse(const guint8 *data, gsize size, gsize step, S3Page *ret_page)
{
    g_autoptr(ListXml) list = list_xml_new(FALSE);

    for (gsize at = 0; at < size; at += step)
        if (!list_xml_feed(list, data + at, MIN(step, size - at), NULL))
            return FALSE;
    return list_xml_finish(list, ret_page, NULL);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_auto(S3Page) whole = {0};
    g_auto(S3Page) parts = {0};
    gboolean is_page = parse(data, size, MAX(size, 1), &whole);

    g_assert_cmpint(is_page, ==, parse(data, size, 7, &parts));
    if (!is_page)
        return 0;
    g_assert_cmpuint(whole.objects->len, ==, parts.objects->len);
    g_assert_cmpuint(whole.objects->len, <=, LIST_XML_MAX_OBJECTS);
    g_assert_cmpstr(whole.next_token, ==, parts.next_token);
    for (guint i = 0; i < whole.objects->len; i++) {
        const S3Object *object = g_ptr_array_index(whole.objects, i);
        const S3Object *other = g_ptr_array_index(parts.objects, i);

        g_assert_cmpstr(object->key, ==, other->key);
        g_assert_cmpuint(strlen(object->key), <=, LIMIT_KEY_BYTES);
    }
    return 0;
}
