/* thumbmill: the command. It reads the configuration, starts the supervisor, and talks to people.
 *
 * It has no network, no credentials beyond those that it hands to the supervisor at start, and no pixels.
 * Single-threaded. */
#include <glib.h>
#include <locale.h>
#include <string.h>

#include "base/output_file.h"
#include "daemon/commands.h"

static const Command commands[] = {
    {"run", "one pass over the source, then exit", command_run},
    {"daemon", "stay: passes by a schedule or when asked for, until it is told to stop", command_daemon},
    {"plan", "what a run would do, or --explain one object; changes nothing", command_plan},
    {"preview", "make the outputs of local images, into one page to look at", command_preview},
    {"check", "validate the configuration", command_check},
    {"doctor", "try what a run needs of credentials and stores", command_doctor},
    {"status", "how a daemon is: state, progress, next pass", command_control},
    {"workers", "what each worker of a daemon does", command_control},
    {"scale", "set how many workers a daemon has", command_control},
    {"terminate", "end a worker of a daemon, for another to take its place", command_control},
    {"reload", "have a daemon read its configuration again", command_control},
    {"drain", "have a daemon finish what is in flight, and wait", command_control},
    {"resume", "have a drained daemon go on", command_control},
    {"stop", "have a daemon finish what is in flight, and end", command_control},
    {"run-now", "have a daemon make a pass as soon as possible", command_control},
    {"log-level", "set what a daemon logs", command_control},
    {"failures", "what failed in earlier runs and is left alone: list, why, retry", command_failures},
    {"history", "the last runs, and what became of them", command_history},
};

static void print_help(void)
{
    g_print("Usage: thumbmill COMMAND [OPTION...]\n\n"
            "Keeps a bucket of derived images in step with a bucket of originals.\n\nCommands:\n");
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        g_print("  %-9s %s\n", commands[i].name, commands[i].summary);
    g_print("\nOptions:\n"
            "  --help     this text; `thumbmill COMMAND --help` for a command's options\n"
            "  --version  the version\n\n"
            "Exit codes: 0 all done; 1 some objects failed; 2 bad usage or configuration;\n"
            "3 stopped early, work remains; 4 store or credentials unusable; 5 another run is at work.\n");
}

gboolean command_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *summary)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *program = g_strdup_printf("thumbmill %s", (*argv)[0]);

    g_set_prgname(program);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, summary);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        g_printerr("%s: %s\n", program, error->message);
        return FALSE;
    }
    if (*argc > 1) {
        g_printerr("%s: unexpected argument '%s'\n", program, (*argv)[1]);
        return FALSE;
    }
    return TRUE;
}

Config *command_load_config(const char *path)
{
    g_autoptr(GError) error = NULL;
    Config *config;

    if (path == NULL) {
        g_printerr("%s: -c FILE is missing\n", g_get_prgname());
        return NULL;
    }
    config = config_load(path, &error);
    if (config == NULL)
        g_printerr("%s\n", error->message);
    return config;
}

gboolean command_can_make(const char *option, const char *path)
{
    g_autoptr(GError) error = NULL;

    if (output_file_check(path, &error))
        return TRUE;
    g_printerr("%s: %s %s\n", g_get_prgname(), option, error->message);
    return FALSE;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (argc < 2) {
        g_printerr("thumbmill: no command given: see thumbmill --help\n");
        return EXIT_CODE_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return EXIT_CODE_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        g_print("thumbmill %s\n", THUMBMILL_VERSION);
        return EXIT_CODE_DONE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return (int)commands[i].run(argc - 1, argv + 1);
    g_printerr("thumbmill: no such command: '%s': see thumbmill --help\n", argv[1]);
    return EXIT_CODE_USAGE;
}
