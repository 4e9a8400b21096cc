#include "daemon/command/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/output_file.h"
#include "daemon/console/standard_output.h"

/* More than the number of options of any command. */
#define MAX_OPTIONS 30

/* The state while a command's options are parsed. */
typedef struct {
    const GOptionEntry *entries;
    guint n;
    gboolean seen[MAX_OPTIONS];
} Parsing;

static gboolean takes_one_value(const GOptionEntry *entry)
{
    return entry->arg == G_OPTION_ARG_STRING || entry->arg == G_OPTION_ARG_FILENAME ||
           entry->arg == G_OPTION_ARG_INT;
}

/* name is in GLib's form: "-c" or "--config". */
static gboolean is_named(const GOptionEntry *entry, const char *name)
{
    return g_str_has_prefix(name, "--") ? strcmp(name + 2, entry->long_name) == 0
                                        : name[1] == entry->short_name;
}

static gboolean store_value(const GOptionEntry *entry, const char *value)
{
    gint64 number;

    if (entry->arg != G_OPTION_ARG_INT) {
        *(char **)entry->arg_data = g_strdup(value != NULL ? value : ""); /* G_OPTION_FLAG_OPTIONAL_ARG */
        return TRUE;
    }
    if (!g_ascii_string_to_signed(value, 10, G_MININT, G_MAXINT, &number, NULL))
        return FALSE;
    *(int *)entry->arg_data = (int)number;
    return TRUE;
}

/* Rejects an option that is given twice: GLib itself takes the last value, and silently drops the others. */
static gboolean on_value(const char *name, const char *value, void *data, GError **error)
{
    Parsing *parsing = data;
    guint i = 0;

    while (i < parsing->n && !is_named(&parsing->entries[i], name))
        i++;
    g_assert(i < parsing->n);
    if (parsing->seen[i]) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "%s is given twice", name);
        return FALSE;
    }
    parsing->seen[i] = TRUE;
    if (store_value(&parsing->entries[i], value))
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s takes a number, not '%s'", name, value);
    return FALSE;
}

/* Makes the entries for GLib: options that take one value are passed to on_value(), and --help is handled
 * here, because GLib would answer it with exit(0) even if the text could not be written. */
static void translate(const GOptionEntry *entries, Parsing *parsing, gboolean *help,
                      GOptionEntry *ret_entries)
{
    const GOptionEntry help_entry = {.long_name = "help",
                                     .short_name = 'h',
                                     .flags = G_OPTION_FLAG_HIDDEN,
                                     .arg = G_OPTION_ARG_NONE,
                                     .arg_data = help};

    for (parsing->n = 0; entries[parsing->n].long_name != NULL; parsing->n++) {
        GOptionEntry *entry = &ret_entries[parsing->n];

        g_assert(parsing->n < MAX_OPTIONS);
        *entry = entries[parsing->n];
        if (!takes_one_value(entry))
            continue;
        if (entry->arg == G_OPTION_ARG_FILENAME)
            entry->flags |= G_OPTION_FLAG_FILENAME;
        entry->arg = G_OPTION_ARG_CALLBACK;
        entry->arg_data = (void *)on_value;
    }
    ret_entries[parsing->n] = help_entry;
}

static void print_help_of(GOptionContext *context)
{
    g_autofree char *text = NULL;
    g_autoptr(GString) ascii = NULL;

    g_option_context_set_help_enabled(context, TRUE); /* for the line about --help in the text */
    text = g_option_context_get_help(context, TRUE, NULL);
    ascii = g_string_new(text);
    g_string_replace(ascii, "\xe2\x80\xa6", "...", 0);
    g_print("%s", ascii->str);
}

static gboolean parse(GOptionContext *context, int *argc, char ***argv, gboolean *help)
{
    g_autoptr(GError) error = NULL;

    if (!g_option_context_parse(context, argc, argv, &error)) {
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
        return FALSE;
    }
    if (*help) {
        print_help_of(context);
        return TRUE;
    }
    if (*argc > 1) {
        g_printerr("%s: unexpected argument '%s'\n", g_get_prgname(), (*argv)[1]);
        return FALSE;
    }
    return TRUE;
}

/* Parses like command_parse(), but does not exit: *help is set if help was requested and printed. */
static gboolean parse_or_help(int *argc, char ***argv, const GOptionEntry *entries, const char *summary,
                              gboolean *help)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autofree char *program = g_strdup_printf("thumbmill %s", (*argv)[0]);
    GOptionEntry translated[MAX_OPTIONS + 2] = {0};
    Parsing parsing = {.entries = entries};
    GOptionGroup *group = g_option_group_new("", "", "", &parsing, NULL);

    g_set_prgname(program);
    translate(entries, &parsing, help, translated);
    g_option_group_add_entries(group, translated);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_summary(context, summary);
    return parse(context, argc, argv, help);
}

/* Set while a command is only to show its options. */
static struct {
    CommandOptionsFunc func;
    void *data;
} shown;

void command_show_options(ExitCode (*run)(int argc, char **argv), const char *name, CommandOptionsFunc func,
                          void *data)
{
    g_autofree char *word = g_strdup(name);
    char *arguments[] = {word, NULL};

    shown.func = func;
    shown.data = data;
    (void)run(1, arguments);
    shown.func = NULL;
}

gboolean command_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *summary)
{
    gboolean help = FALSE, is_parsed;

    if (shown.func != NULL) {
        shown.func(entries, shown.data);
        return FALSE;
    }
    is_parsed = parse_or_help(argc, argv, entries, summary, &help);
    if (is_parsed && help)
        exit((int)standard_output_end(EXIT_CODE_DONE));
    return is_parsed;
}

gboolean command_can_make(const char *option, const char *path)
{
    g_autoptr(GError) error = NULL;

    if (output_file_check(path, &error))
        return TRUE;
    g_printerr("%s: %s %s\n", g_get_prgname(), option, error->message);
    return FALSE;
}

ExitCode command_end(const GPtrArray *reports, const char *report_path)
{
    g_autoptr(GError) error = NULL;

    const ExitCode code = (ExitCode)report_list_exit(reports);

    if (report_path == NULL || report_list_write(reports, report_path, &error))
        return code;
    log_event(LOG_ERROR, error->message, NULL);
    return code == EXIT_CODE_DONE ? EXIT_CODE_FAILED : code;
}
