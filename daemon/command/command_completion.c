/* thumbmill completion: what bash, zsh and fish need to complete the arguments of thumbmill. The build
 * runs it, and installs the results. */
#include <glib.h>

#include "daemon/command/commands.h"
#include "daemon/completion/completion.h"
#include "daemon/service/control_commands.h"

typedef struct {
    GString *out;
    const CompletionShell *shell;
    const char *command;
} Writing;

static void add_options(const GOptionEntry *entries, void *data)
{
    const Writing *writing = data;

    writing->shell->options(writing->out, writing->command, entries);
}

static void write_for(const CompletionShell *shell, GString *out)
{
    Writing writing = {.out = out, .shell = shell};

    shell->begin(out);
    for (guint i = 0; command_at(i) != NULL; i++)
        shell->command(out, command_at(i)->name, command_at(i)->summary);
    for (guint i = 0; i < CONTROL_COMMANDS; i++)
        shell->command(out, control_command_at(i)->name, control_command_at(i)->summary);
    shell->begin_options(out);
    for (guint i = 0; command_at(i) != NULL; i++) {
        writing.command = command_at(i)->name;
        command_show_options(command_at(i)->run, writing.command, add_options, &writing);
    }
    for (guint i = 0; i < CONTROL_COMMANDS; i++) {
        writing.command = control_command_at(i)->name;
        command_show_options(command_control, writing.command, add_options, &writing);
    }
    shell->end(out);
}

static ExitCode write_completion(char *const *names)
{
    const gboolean is_one = names != NULL && names[0] != NULL && names[1] == NULL;
    const CompletionShell *shell = is_one ? completion_shell(names[0]) : NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (shell == NULL) {
        g_printerr("thumbmill completion: takes bash, zsh or fish\n");
        return EXIT_CODE_USAGE;
    }
    write_for(shell, out);
    g_print("%s", out->str);
    return EXIT_CODE_DONE;
}

ExitCode command_completion(int argc, char **argv)
{
    g_auto(GStrv) names = NULL;
    const GOptionEntry entries[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &names, NULL, "bash|zsh|fish"},
        G_OPTION_ENTRY_NULL,
    };

    if (!command_parse(&argc, &argv, entries,
                       "Prints a file with which the shell completes the arguments of thumbmill."))
        return EXIT_CODE_USAGE;
    return write_completion(names);
}
