/* thumbmill: the command. It reads the configuration, starts the supervisor, and interacts with people.
 *
 * It has no network access, decodes no images, and has no credentials except those that it sends to the
 * supervisor at start. Single-threaded. */
#include <glib.h>
#include <locale.h>
#include <string.h>

#include "base/log.h"
#include "daemon/command/commands.h"
#include "daemon/console/standard_output.h"
#include "daemon/protocol/engine_report.h"
#include "daemon/service/control_commands.h"
#include "daemon/service/log_sinks.h"
#include "sandbox/privileges.h"

static void print_help(void)
{
    g_print("Usage: thumbmill COMMAND [OPTION...]\n"
            "\n"
            "Keeps a bucket of derived images in sync with a bucket of originals.\n"
            "\n"
            "Commands:\n");
    for (guint i = 0; command_at(i) != NULL; i++)
        g_print("  %-10s %s\n", command_at(i)->name, command_at(i)->summary);
    for (guint i = 0; i < CONTROL_COMMANDS; i++)
        g_print("  %-10s %s\n", control_command_at(i)->name, control_command_at(i)->summary);
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
    for (guint i = 0; command_at(i) != NULL; i++)
        if (strcmp(argv[1], command_at(i)->name) == 0)
            return command_at(i)->run(argc - 1, argv + 1);
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
