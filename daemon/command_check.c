/* thumbmill check: validates the configuration. */
#include <glib.h>

#include "daemon/commands.h"

ExitCode command_check(int argc, char **argv)
{
    g_autofree char *path = NULL;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "The configuration", "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(Config) config = NULL;

    if (!command_parse(&argc, &argv, entries, "Validates the configuration. Touches no store."))
        return EXIT_CODE_USAGE;
    config = command_load_config(path);
    if (config == NULL)
        return EXIT_CODE_USAGE;
    if (!command_can_encode(config))
        return EXIT_CODE_USAGE;
    g_print("%s: ok: %u output%s from %s to %s\n", path, config->outputs->len,
            config->outputs->len == 1 ? "" : "s", config->source.url, config->destination.url);
    return EXIT_CODE_DONE;
}
