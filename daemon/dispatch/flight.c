#include "daemon/dispatch/flight.h"

GVariant *flights_keys(GHashTable *flights)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    void *flight;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aay"));
    g_hash_table_iter_init(&iter, flights);
    while (g_hash_table_iter_next(&iter, NULL, &flight))
        g_variant_builder_add_value(&builder,
                                    g_variant_new_bytestring(((const Flight *)flight)->object->key));
    return g_variant_builder_end(&builder);
}

const char *flights_find_key(GHashTable *flights, const Future *future)
{
    const Flight *flight = g_hash_table_lookup(flights, future);

    return flight != NULL ? flight->object->key : NULL;
}
