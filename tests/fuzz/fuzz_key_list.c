/* A list of keys yields the same keys, however it is split into parts, and none that cannot be a key. */
#include "base/limits.h"
#include "batch/key_list.h"
#include "fuzz.h"

#include <string.h>

static void on_key(const char *key, void *data)
{
    g_assert_cmpuint(strlen(key), >, 0);
    g_assert_cmpuint(strlen(key), <=, LIMIT_KEY_BYTES);
    g_assert(g_utf8_validate(key, -1, NULL));
    g_string_append_printf(data, "%s\n", key);
}

static void on_left_out(void *data)
{
    g_string_append(data, "-\n");
}

static void on_problem(guint64 line, const char *reason, void *data)
{
    g_assert_cmpuint(line, >, 0);
    g_string_append_printf(data, "%" G_GUINT64_FORMAT " %s\n", line, reason);
}

static GString *parse(KeyListForm form, const guint8 *data, gsize size, gsize step)
{
    GString *told = g_string_new(NULL);
    g_autoptr(KeyList) list = key_list_new(&(KeyListOptions){.form = form,
                                                             .columns = KEY_LIST_BATCH_COLUMNS,
                                                             .bucket = "b",
                                                             .prefix = "p/",
                                                             .is_utf8 = TRUE,
                                                             .on_key = on_key,
                                                             .on_left_out = on_left_out,
                                                             .on_problem = on_problem,
                                                             .data = told});

    for (gsize at = 0; at < size; at += step)
        key_list_add(list, (const char *)data + at, MIN(step, size - at));
    key_list_end(list);
    return told;
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    for (KeyListForm form = KEY_LIST_LINES; form <= KEY_LIST_CSV; form++) {
        g_autoptr(GString) whole = parse(form, data, size, MAX(size, 1));
        g_autoptr(GString) parts = parse(form, data, size, 7);

        g_assert_cmpstr(whole->str, ==, parts->str);
    }
    return 0;
}
