/* Any message yields events that can be acted on, or an error of one printable line. What we write ourselves
 * is read as it was. */
#include "fuzz.h"
#include "queue/event.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

static void check_own(const char *bucket, const char *key)
{
    const char *const keys[] = {key};
    g_autofree char *body = event_write(bucket, keys, 1);
    g_autoptr(GPtrArray) events = event_parse(body, strlen(body), EVENT_FROM_BODY, NULL);
    const Event *event;

    g_assert_nonnull(events);
    g_assert_cmpuint(events->len, ==, 1);
    event = g_ptr_array_index(events, 0);
    g_assert_cmpstr(event->key, ==, key);
    g_assert_cmpstr(event->bucket, ==, bucket);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const EventProducer producer = size > 0 ? data[0] % 4 : EVENT_FROM_BODY;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) events = NULL;

    if (size == 0)
        return 0;
    events = event_parse((const char *)data + 1, size - 1, producer, &error);
    if (events == NULL) {
        g_assert_cmpint(error_class(error), ==, ERROR_INPUT);
        g_assert_cmpuint(strlen(error->message), <, 1000);
        for (const char *at = error->message; *at != '\0'; at++)
            g_assert_false(g_ascii_iscntrl(*at));
        return 0;
    }
    g_assert_cmpuint(events->len, <=, EVENT_MAX_EVENTS);
    for (guint i = 0; i < events->len; i++) {
        const Event *event = g_ptr_array_index(events, i);

        g_assert_cmpint(event->size_bytes, >=, -1);
        g_assert_cmpint(event_order(event, event), ==, 0);
        if (event->kind == EVENT_OTHER)
            continue;
        g_assert_cmpint(*event->bucket, !=, '\0');
        g_assert_cmpuint(strlen(event->key), >, 0);
        g_assert_cmpuint(strlen(event->key), <=, LIMIT_KEY_BYTES);
        check_own(event->bucket, event->key);
    }
    return 0;
}
