#include <criterion/criterion.h>

#include "daemon/dispatch/flight.h"

/* Only the addresses of futures are used. */
static const char futures[3];

static const Future *future(guint i)
{
    return (const Future *)(const void *)&futures[i];
}

/* The first two flights, with these keys; borrowed from flights and objects. */
static GHashTable *fly(Flight flights[2], WorkObject objects[2], char *first, char *second)
{
    GHashTable *table = g_hash_table_new(NULL, NULL);
    char *const keys[] = {first, second};

    for (guint i = 0; i < 2; i++) {
        objects[i] = (WorkObject){.key = keys[i]};
        flights[i] = (Flight){.object = &objects[i]};
        g_hash_table_insert(table, (void *)future(i), &flights[i]);
    }
    return table;
}

/* Keys are arbitrary bytes. */
Test(flight, keys_and_who_has_which)
{
    char first[] = "a b.jpg", second[] = "\xff/\n.jpg";
    Flight flights[2];
    WorkObject objects[2];
    g_autoptr(GHashTable) table = fly(flights, objects, first, second);
    g_autoptr(GVariant) keys = g_variant_ref_sink(flights_keys(table));
    g_autofree const char **list = NULL;
    gsize n = 0;

    cr_assert(g_variant_is_of_type(keys, G_VARIANT_TYPE("aay")));
    list = g_variant_get_bytestring_array(keys, &n);
    cr_assert_eq(n, 2);
    cr_assert(g_strv_contains(list, first));
    cr_assert(g_strv_contains(list, second));
    cr_assert_str_eq(flights_find_key(table, future(0)), first);
    cr_assert_str_eq(flights_find_key(table, future(1)), second);
    cr_assert_null(flights_find_key(table, future(2)));
    cr_assert_null(flights_find_key(table, NULL));
}

Test(flight, nothing_in_flight_has_no_keys)
{
    g_autoptr(GHashTable) table = g_hash_table_new(NULL, NULL);
    g_autoptr(GVariant) keys = g_variant_ref_sink(flights_keys(table));

    cr_assert_eq(g_variant_n_children(keys), 0);
    cr_assert(g_variant_is_of_type(keys, G_VARIANT_TYPE("aay")));
}
