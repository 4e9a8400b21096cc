#include "config/pair_list.h"

#include <string.h>

static void pair_free(void *data)
{
    PairConfig *pair = data;

    g_free(pair->name);
    g_free(pair->value);
    g_free(pair);
}

GPtrArray *pair_list_new(void)
{
    return g_ptr_array_new_with_free_func(pair_free);
}

void pair_list_add(GPtrArray *pairs, char *name, const char *value)
{
    PairConfig *pair = g_new(PairConfig, 1);

    *pair = (PairConfig){name, g_strdup(value)};
    g_ptr_array_add(pairs, pair);
}

const PairConfig *pair_list_find(const GPtrArray *pairs, const char *name)
{
    for (guint i = 0; i < pairs->len; i++) {
        const PairConfig *pair = pairs->pdata[i];

        if (strcmp(pair->name, name) == 0)
            return pair;
    }
    return NULL;
}

gsize pair_list_bytes(const GPtrArray *pairs, const char *name_prefix)
{
    gsize total = 0;

    for (guint i = 0; i < pairs->len; i++) {
        const PairConfig *pair = pairs->pdata[i];

        if (g_str_has_prefix(pair->name, name_prefix))
            total += strlen(pair->name) + strlen(pair->value);
    }
    return total;
}
