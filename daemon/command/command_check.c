/* thumbmill check: validates the configuration, and checks that this machine has the files that it names and
 * can encode its outputs. */
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/json_format.h"
#include "batch/key_order.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/command/machine_check.h"
#include "daemon/session/encoders.h"

/* The problems, one line each, with their place in the file if known. */
static GPtrArray *problems_of(const char *path, Config **ret_config)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) missing = NULL;
    g_autoptr(GError) error = NULL;

    *ret_config = config_load(path, &error);
    if (*ret_config != NULL) {
        missing = machine_check(*ret_config);
        for (guint i = 0; i < missing->len; i++)
            g_ptr_array_add(problems, g_strdup_printf("%s: %s", path, (const char *)missing->pdata[i]));
        (void)encoders_check(*ret_config, &error);
    }
    if (error != NULL) {
        g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

        for (guint i = 0; lines[i] != NULL; i++)
            g_ptr_array_add(problems, g_strdup(lines[i]));
    }
    return problems;
}

static json_t *text_to_json(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    return json_string(valid);
}

static void print_json(const char *path, const Config *config, const GPtrArray *problems, ExitCode code)
{
    json_t *root = json_object(), *list = json_array(), *outputs = json_array();
    char *dump;

    for (guint i = 0; i < problems->len; i++)
        json_array_append_new(list, text_to_json(problems->pdata[i]));
    for (guint i = 0; config != NULL && i < config->outputs->len; i++)
        json_array_append_new(outputs, text_to_json(config_output(config, i)->name));
    json_object_set_new(root, "format", json_integer(JSON_FORMAT));
    json_object_set_new(root, "version", json_string(THUMBMILL_VERSION));
    json_object_set_new(root, "exit", json_integer(code));
    json_object_set_new(root, "file", text_to_json(path));
    json_object_set_new(root, "source", config != NULL ? text_to_json(config->source.url) : json_null());
    json_object_set_new(root, "destination",
                        config != NULL ? text_to_json(config->destination.url) : json_null());
    json_object_set_new(root, "outputs", outputs);
    json_object_set_new(root, "problems", list);
    dump = json_dumps(root, JSON_INDENT(2));
    g_print("%s\n", dump);
    free(dump);
    json_decref(root);
}

static void print_text(const char *path, const Config *config, const GPtrArray *problems)
{
    g_autofree char *note = problems->len == 0 ? key_order_note(config) : NULL;

    for (guint i = 0; i < problems->len; i++)
        g_printerr("%s\n", (const char *)problems->pdata[i]);
    if (problems->len == 0)
        g_print("%s: ok: %u output%s from %s to %s\n", path, config->outputs->len,
                config->outputs->len == 1 ? "" : "s", config->source.url, config->destination.url);
    if (note != NULL)
        g_print("%s: note: %s\n", path, note);
}

static void print_configuration(const Config *config)
{
    g_autofree char *text = config_show(config);

    g_print("%s", text);
}

ExitCode command_check(int argc, char **argv)
{
    g_autofree char *path = NULL;
    gboolean as_json = FALSE, shows = FALSE;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "The configuration", "FILE"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object", NULL},
        {"show", 0, 0, G_OPTION_ARG_NONE, &shows,
         "Print the configuration as it is understood, with every default, if it is valid", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GPtrArray) problems = NULL;
    g_autoptr(Config) config = NULL;
    ExitCode code;

    if (!command_parse(&argc, &argv, entries,
                       "Validates the configuration, and checks that this machine has the files that it "
                       "names and the encoders that it needs. Does not access the stores."))
        return EXIT_CODE_USAGE;
    if (path == NULL) {
        g_printerr("thumbmill check: -c FILE is missing\n");
        return EXIT_CODE_USAGE;
    }
    if (as_json && shows) {
        g_printerr("thumbmill check: --json and --show exclude each other\n");
        return EXIT_CODE_USAGE;
    }
    problems = problems_of(path, &config);
    code = problems->len > 0 ? EXIT_CODE_USAGE : EXIT_CODE_DONE;
    if (as_json)
        print_json(path, config, problems, code);
    else if (shows && problems->len == 0)
        print_configuration(config);
    else
        print_text(path, config, problems);
    return code;
}
