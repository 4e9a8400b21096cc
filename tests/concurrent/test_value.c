#include <criterion/criterion.h>

#include "base/error.h"
#include "base/limits.h"
#include "concurrent/value.h"

static FdList descriptors(guint count)
{
    FdList list = {.count = 0};

    for (guint i = 0; i < count; i++)
        fd_list_append(&list, (int)i); /* borrowed: never cleared */
    return list;
}

/* text: the expected error, or NULL. */
static void expect(const char *parsed, guint fds, const char *text)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_new_parsed(parsed));
    FdList list = descriptors(fds);
    g_autoptr(GError) error = NULL;
    gboolean may = value_may_cross(value, fds > 0 ? &list : NULL, "it", &error);

    cr_expect_eq(may, text == NULL, "%s", parsed);
    if (text != NULL) {
        cr_expect_str_eq(error->message, text);
        cr_expect_eq(error_class(error), ERROR_INTERNAL);
    }
}

Test(value, everything_that_is_data_may_cross)
{
    expect("()", 0, NULL);
    expect("(byte 1, int16 -2, uint16 3, -4, uint32 5, int64 -6, uint64 7, 8.5, true, 'nine')", 0, NULL);
    expect("b'bytes'", 0, NULL);
    expect("[1, 2, 3]", 0, NULL);
    expect("{'a': 1, 'b': 2}", 0, NULL);
    expect("{'a': <1>, 'b': <'two'>}", 0, NULL);
    expect("(just 1, @ms nothing)", 0, NULL);
    expect("<<<1>>>", 0, NULL);
}

Test(value, handles_and_descriptors_go_together)
{
    expect("handle 0", 1, NULL);
    expect("(handle 1, <handle 0>, [handle 1])", 2, NULL);
    expect("handle 0", 0, "it: handle 0, but 0 descriptors go with it");
    expect("handle 1", 1, "it: handle 1, but 1 descriptors go with it");
    expect("handle -1", 1, "it: handle -1, but 1 descriptors go with it");
    expect("<{'deep': <[handle 7]>}>", 1, "it: handle 7, but 1 descriptors go with it");
    expect("(handle 0, 1)", 2, "it: no handle refers to descriptor 1 of 2");
    expect("1", 1, "it: no handle refers to descriptor 0 of 1");
}

Test(value, what_is_too_large_is_refused)
{
    gsize size = LIMIT_MESSAGE_BYTES / 2;
    g_autofree guint8 *bytes = g_malloc0(size + 1);
    g_autoptr(GVariant) fits =
        g_variant_ref_sink(g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, size, 1));
    g_autoptr(GVariant) large =
        g_variant_ref_sink(g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, size + 1, 1));
    g_autoptr(GError) error = NULL;

    cr_assert(value_may_cross(fits, NULL, "it", NULL));
    cr_assert_not(value_may_cross(large, NULL, "it", &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
    cr_assert_str_eq(error->message, "it: 2097153 bytes exceed the 2097152 bytes of a message");
}

/* Nests `levels` variants. */
static gboolean nested_may_cross(guint levels, GError **error)
{
    GVariant *value = g_variant_new_int32(1);
    g_autoptr(GVariant) whole = NULL;

    for (guint i = 0; i < levels; i++)
        value = g_variant_new_variant(value);
    whole = g_variant_ref_sink(value);
    return value_may_cross(whole, NULL, "it", error);
}

Test(value, what_is_too_deep_to_be_read_is_refused)
{
    g_autoptr(GError) error = NULL;

    cr_assert(nested_may_cross(64, NULL));
    cr_assert_not(nested_may_cross(65, &error));
    cr_assert_str_eq(error->message, "it: values nested deeper than 64 levels");
}
