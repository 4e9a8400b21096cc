/* thumbmill: the command. It reads the configuration, starts the supervisor, and interacts with people.
 *
 * It has no network access, decodes no images, and has no credentials except those that it sends to the
 * supervisor at start. Single-threaded. */
#include <glib.h>
#include <locale.h>
#include <string.h>

#include "base/log.h"
#include "daemon/command/commands.h"
#include "daemon/command/standard_output.h"
#include "daemon/protocol/engine_report.h"
#include "daemon/service/control_commands.h"
#include "daemon/service/log_sinks.h"
#include "sandbox/privileges.h"

static const Command commands[] = {
    {"run", "make one pass over the source, then exit", command_run},
    {"daemon", "stay running: passes by a schedule or on request, until told to stop", command_daemon},
    {"plan", "print what a run would do, or --explain one object; changes nothing", command_plan},
    {"preview", "make the outputs of local images, and one HTML page to look at", command_preview},
    {"init", "print a configuration to begin with", command_init},
    {"check", "validate the configuration", command_check},
    {"doctor", "test the credentials and both stores", command_doctor},
    {"policy", "print the permissions at AWS that the configuration needs", command_policy},
    {"gc", "delete outputs whose original is gone", command_gc},
    {"verify", "check that what is stored is what should be stored", command_verify},
    {"failures", "failures of earlier runs that are not retried: list, why, retry", command_failures},
    {"history", "show the last runs and their results", command_history},
};

static void print_help(void)
{
    g_print("Usage: thumbmill COMMAND [OPTION...]\n"
            "\n"
            "Keeps a bucket of derived images in sync with a bucket of originals.\n"
            "\n"
            "Commands:\n");
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        g_print("  %-9s %s\n", commands[i].name, commands[i].summary);
    for (guint i = 0; i < CONTROL_COMMANDS; i++)
        g_print("  %-9s %s\n", control_command_at(i)->name, control_command_at(i)->summary);
    g_print("\n"
            "Options:\n"
            "  -h, --help     this text; `thumbmill COMMAND --help` for a command's options\n"
            "  -V, --version  the version\n"
            "\n"
            "Exit codes: 0 success; 1 some objects failed; 2 bad usage or configuration;\n"
            "3 stopped early; work remains; 4 store or credentials unusable; 5 another run is active.\n");
}

static ExitCode dispatch(int argc, char **argv)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (control_command_find(argv[1]) != NULL)
        return command_control(argc - 1, argv + 1);
    g_printerr("thumbmill: unknown command '%s': see thumbmill --help\n", argv[1]);
    return EXIT_CODE_USAGE;
}

/* `thumbmill help COMMAND` is `thumbmill COMMAND --help`. */
static ExitCode help(int argc, char **argv)
{
    static char option[] = "--help";

    if (argc < 3) {
        print_help();
        return EXIT_CODE_DONE;
    }
    argv[1] = argv[2];
    argv[2] = option;
    return dispatch(3, argv);
}

static gboolean is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static ExitCode run_command(int argc, char **argv)
{
    if (argc < 2) {
        g_printerr("thumbmill: no command given: see thumbmill --help\n");
        return EXIT_CODE_USAGE;
    }
    if (strcmp(argv[1], "help") == 0)
        return help(argc, argv);
    if (is_one_of(argv[1], "--help", "-h")) {
        print_help();
        return EXIT_CODE_DONE;
    }
    if (is_one_of(argv[1], "--version", "-V")) {
        g_print("thumbmill %s\n", THUMBMILL_VERSION);
        (void)engine_report_print();
        return EXIT_CODE_DONE;
    }
    return dispatch(argc, argv);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* programs parse the numbers, too */
    g_set_prgname("thumbmill");
    /* Errors are ignored: a container runtime that forbids even this call has given the process no
     * capabilities. */
    (void)privileges_drop(PRIVILEGES_OWNERS, NULL);
    standard_output_begin();
    log_set_timed(!log_sinks_has_journal());
    return (int)standard_output_end(run_command(argc, argv));
}
