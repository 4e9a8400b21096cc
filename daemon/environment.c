#include "daemon/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

static const char *const secret_variables[] = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                               "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"};

GVariant *environment_for_supervisor(void)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        const char *equals = strchr(*variable, '=');
        g_autofree char *name = NULL;

        if (equals == NULL || !g_utf8_validate(*variable, -1, NULL))
            continue;
        name = g_strndup(*variable, (gsize)(equals - *variable));
        g_variant_builder_add(&builder, "{ss}", name, equals + 1);
    }
    return g_variant_builder_end(&builder);
}

void environment_wipe_secrets(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(secret_variables); i++) {
        char *value = getenv(secret_variables[i]);

        if (value == NULL)
            continue;
        secret_wipe(value, strlen(value));
        unsetenv(secret_variables[i]);
    }
}
