#include "base/env_map.h"

const char *environment_lookup(GVariant *environment, const char *name)
{
    const char *value = NULL;

    if (!g_variant_lookup(environment, name, "&s", &value) || *value == '\0')
        return NULL;
    return value;
}
