#include "daemon/session/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

static const char *const secret_variables[] = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                               "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"};

struct Environment {
    GPtrArray *variables; /* of Secret, each holding "NAME=value" */
};

static void wipe_secrets(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(secret_variables); i++) {
        char *value = getenv(secret_variables[i]);

        if (value == NULL)
            continue;
        secret_wipe(value, strlen(value));
        unsetenv(secret_variables[i]);
    }
}

const Environment *environment_take(void)
{
    static Environment taken;

    if (taken.variables != NULL)
        return &taken;
    taken.variables = g_ptr_array_new_with_free_func((GDestroyNotify)secret_free);
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        if (strchr(*variable, '=') == NULL || !g_utf8_validate(*variable, -1, NULL))
            continue;
        g_ptr_array_add(taken.variables, secret_new(*variable, strlen(*variable)));
    }
    wipe_secrets();
    return &taken;
}

GVariant *environment_to_variant(const Environment *environment)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    for (guint i = 0; i < environment->variables->len; i++) {
        const char *variable = secret_peek(environment->variables->pdata[i]);
        const char *equals = strchr(variable, '=');
        g_autofree char *name = g_strndup(variable, (gsize)(equals - variable));

        g_variant_builder_add(&builder, "{ss}", name, equals + 1);
    }
    return g_variant_builder_end(&builder);
}
