#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "config/header_list.h"
#include "config/pair_list.h"

Test(header_list, names_get_their_usual_case)
{
    static const struct {
        const char *name, *expected;
    } table[] = {
        {"cache-control", "Cache-Control"},
        {"CONTENT-DISPOSITION", "Content-Disposition"},
        {"Content-Language", "Content-Language"},
        {"expires", "Expires"},
        {"X-Amz-Meta-Made.By_x-1", "x-amz-meta-made.by_x-1"},
    };
    g_autoptr(GPtrArray) headers = pair_list_new();

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        const PairConfig *header;

        cr_assert(header_list_add(headers, table[i].name, "value; x=\"1\"", NULL), "%s", table[i].name);
        header = headers->pdata[i];
        cr_assert_str_eq(header->name, table[i].expected);
        cr_assert_str_eq(header->value, "value; x=\"1\"");
    }
    cr_assert_eq(headers->len, G_N_ELEMENTS(table));
}

Test(header_list, other_names_and_values_are_refused)
{
    static const struct {
        const char *name, *value, *reason;
    } table[] = {
        {"Content-Type", "image/jpeg", "not allowed"},
        {"Content-Encoding", "gzip", "not allowed"},
        {"Host", "x", "not allowed"},
        {"Authorization", "x", "not allowed"},
        {"x-amz-acl", "public-read", "not allowed"},
        {"x-amz-meta-", "x", "not allowed"},
        {"x-amz-meta-a b", "x", "not allowed"},
        {"x-amz-meta-a:b", "x", "not allowed"},
        {"x-amz-meta-\xc3\xa9", "x", "not allowed"},
        {"", "x", "not allowed"},
        {"Expires ", "x", "not allowed"},
        {"Expires\r\nHost", "x", "not allowed"},
        {"Expires", "", "printable ASCII"},
        {"Expires", " x", "printable ASCII"},
        {"Expires", "x ", "printable ASCII"},
        {"Expires", "x  y", "printable ASCII"},
        {"Expires", "x\r\nHost: y", "printable ASCII"},
        {"Expires", "x\ty", "printable ASCII"},
        {"Expires", "\x7f", "printable ASCII"},
        {"Expires", "\xc3\xa9", "printable ASCII"},
        {"CACHE-control", "x", "is set twice"},
    };
    g_autoptr(GPtrArray) headers = pair_list_new();

    cr_assert(header_list_add(headers, "Cache-Control", "no-store", NULL));
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_not(header_list_add(headers, table[i].name, table[i].value, &error), "%u", i);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert_not_null(strstr(error->message, table[i].reason), "%s", error->message);
        cr_assert_eq(headers->len, 1);
    }
}

Test(header_list, total_size_is_limited)
{
    g_autoptr(GPtrArray) headers = pair_list_new();
    g_autofree char *fits =
        g_strnfill(CONFIG_MAX_HEADER_BYTES - strlen("Expires") - strlen("x-amz-meta-a1"), 'x');
    g_autoptr(GError) error = NULL;

    cr_assert(header_list_add(headers, "Expires", fits, NULL));
    cr_assert(header_list_add(headers, "x-amz-meta-a", "1", NULL), "exactly full");
    cr_assert_not(header_list_add(headers, "x-amz-meta-b", "1", &error));
    cr_assert_not_null(strstr(error->message, "2048 bytes"), "%s", error->message);
}
