#include "daemon/completion/completion.h"

#include <string.h>

/* The words that an option takes as its value. */
static const struct {
    const char *option, *words;
} choices[] = {
    {"log-format", "text json"},
    {"log-level", "debug info warning error"},
    {"progress", "auto always never json"},
    {"lock", "wanted required"},
};

typedef enum {
    VALUE_NONE,
    VALUE_MAY_FOLLOW, /* after "=" only */
    VALUE_FILE,
    VALUE_CHOICE,
    VALUE_OTHER,
} Value;

static const char *words_of(const GOptionEntry *entry)
{
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
        if (strcmp(choices[i].option, entry->long_name) == 0)
            return choices[i].words;
    return NULL;
}

static Value value_of(const GOptionEntry *entry)
{
    if (entry->arg == G_OPTION_ARG_NONE)
        return VALUE_NONE;
    if ((entry->flags & G_OPTION_FLAG_OPTIONAL_ARG) != 0)
        return VALUE_MAY_FOLLOW;
    if (entry->arg == G_OPTION_ARG_FILENAME)
        return VALUE_FILE;
    return words_of(entry) != NULL ? VALUE_CHOICE : VALUE_OTHER;
}

/* Whether arguments that are no options follow. */
static gboolean is_rest(const GOptionEntry *entry)
{
    return entry->long_name[0] == '\0'; /* G_OPTION_REMAINING */
}

static gboolean takes_files(const GOptionEntry *entries)
{
    for (; entries->long_name != NULL; entries++)
        if (is_rest(entries) && entries->arg == G_OPTION_ARG_FILENAME_ARRAY)
            return TRUE;
    return FALSE;
}

/* Copies text, with a backslash before each of these characters. */
static char *escape(const char *text, const char *characters)
{
    GString *out = g_string_new(NULL);

    for (; *text != '\0'; text++) {
        if (strchr(characters, *text) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

/* In single quotation marks, for a shell where nothing ends these but another one. */
static char *quote(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "'", -1);
    g_autofree char *inner = g_strjoinv("'\\''", parts);

    return g_strdup_printf("'%s'", inner);
}

/* bash */

static void bash_begin(GString *out)
{
    g_string_append(
        out, "# bash completion, written by `thumbmill completion bash`\n"
             "_thumbmill() {\n"
             "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words= files=\n"
             "    local IFS=$' \\n'\n"
             "    COMPREPLY=()\n"
             "    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - "
             "2]}; fi\n"
             "    ((COMP_CWORD > 1)) || words='help --help --version");
}

static void bash_command(GString *out, const char *name, const char *summary)
{
    (void)summary;
    g_string_append_printf(out, " %s", name);
}

static void bash_begin_options(GString *out)
{
    g_string_append(out, "'\n    [[ -n $words ]] || case ${COMP_WORDS[1]} in\n");
}

static void bash_value(GString *out, const GOptionEntry *entry)
{
    const Value value = value_of(entry);

    if (value == VALUE_NONE || value == VALUE_MAY_FOLLOW)
        return;
    g_string_append_printf(out, "        --%s", entry->long_name);
    if (entry->short_name != 0)
        g_string_append_printf(out, " | -%c", entry->short_name);
    if (value == VALUE_FILE)
        g_string_append(out, ") files=only ;;\n");
    else if (value == VALUE_CHOICE)
        g_string_append_printf(out, ") words='%s' ;;\n", words_of(entry));
    else
        g_string_append(out, ") return ;;\n");
}

static void bash_options(GString *out, const char *command, const GOptionEntry *entries)
{
    g_string_append_printf(out, "    %s)\n        case $prev in\n", command);
    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++)
        if (!is_rest(entry))
            bash_value(out, entry);
    g_string_append(out, "        *) words='--help");
    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++)
        if (!is_rest(entry))
            g_string_append_printf(out, " --%s", entry->long_name);
    g_string_append_printf(out, "'%s ;;\n        esac ;;\n", takes_files(entries) ? " files=too" : "");
}

static void bash_end(GString *out)
{
    g_string_append(
        out, "    esac\n"
             "    [[ $files == only ]] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
             "    if [[ $files == only || ($files == too && $cur != -*) ]]; then\n"
             "        compopt -o filenames 2>/dev/null\n"
             "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
             "    fi\n"
             "}\n"
             "complete -F _thumbmill thumbmill\n");
}

/* zsh */

static void zsh_begin(GString *out)
{
    g_string_append(out, "#compdef thumbmill\n"
                         "# Written by `thumbmill completion zsh`.\n"
                         "_thumbmill() {\n"
                         "    local -a commands\n"
                         "    commands=(\n");
}

static void zsh_command(GString *out, const char *name, const char *summary)
{
    g_autofree char *description = escape(summary, ":\\");
    g_autofree char *pair = g_strdup_printf("%s:%s", name, description);
    g_autofree char *quoted = quote(pair);

    g_string_append_printf(out, "        %s\n", quoted);
}

static void zsh_begin_options(GString *out)
{
    g_string_append(out, "    )\n"
                         "    if ((CURRENT == 2)); then\n"
                         "        _describe -t commands command commands\n"
                         "        return\n"
                         "    fi\n"
                         "    local command=$words[2]\n"
                         "    shift words\n"
                         "    ((CURRENT--))\n"
                         "    case $command in\n");
}

/* The end of an option's specification: what follows it. */
static char *zsh_value(const GOptionEntry *entry)
{
    g_autofree char *name = escape(entry->arg_description != NULL ? entry->arg_description : "", ":\\");

    switch (value_of(entry)) {
    case VALUE_NONE: return g_strdup("");
    case VALUE_MAY_FOLLOW: return g_strdup_printf("::%s: ", name);
    case VALUE_FILE: return g_strdup_printf(":%s:_files", name);
    case VALUE_CHOICE: return g_strdup_printf(":%s:(%s)", name, words_of(entry));
    case VALUE_OTHER: return g_strdup_printf(":%s: ", name);
    }
    g_return_val_if_reached(NULL);
}

static void zsh_option(GString *out, const GOptionEntry *entry)
{
    g_autofree char *description = escape(entry->description, "[]:\\");
    g_autofree char *value = zsh_value(entry);
    g_autofree char *specification = NULL, *quoted = NULL;
    const char *sign = value_of(entry) == VALUE_NONE ? "" : value_of(entry) == VALUE_MAY_FOLLOW ? "=-" : "=";

    if (entry->short_name != 0) {
        g_autofree char *brief =
            g_strdup_printf("(--%s)-%c[%s]%s", entry->long_name, entry->short_name, description, value);
        g_autofree char *brief_quoted = quote(brief);

        g_string_append_printf(out, " \\\n            %s", brief_quoted);
        specification = g_strdup_printf("(-%c)--%s%s[%s]%s", entry->short_name, entry->long_name, sign,
                                        description, value);
    } else {
        specification = g_strdup_printf("--%s%s[%s]%s", entry->long_name, sign, description, value);
    }
    quoted = quote(specification);
    g_string_append_printf(out, " \\\n            %s", quoted);
}

static void zsh_options(GString *out, const char *command, const GOptionEntry *entries)
{
    g_string_append_printf(out, "    %s)\n        _arguments '(- *)--help[Show the options]'", command);
    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++)
        if (!is_rest(entry))
            zsh_option(out, entry);
    if (takes_files(entries))
        g_string_append(out, " \\\n            '*:FILE:_files'");
    g_string_append(out, "\n        ;;\n");
}

static void zsh_end(GString *out)
{
    g_string_append(out, "    esac\n"
                         "}\n"
                         "_thumbmill \"$@\"\n");
}

/* fish */

static void fish_begin(GString *out)
{
    g_string_append(out, "# Written by `thumbmill completion fish`.\n"
                         "complete -c thumbmill -f\n");
}

static char *fish_quote(const char *text)
{
    g_autofree char *escaped = escape(text, "\\'");

    return g_strdup_printf("'%s'", escaped);
}

static void fish_command(GString *out, const char *name, const char *summary)
{
    g_autofree char *quoted = fish_quote(summary);

    g_string_append_printf(out, "complete -c thumbmill -n __fish_use_subcommand -a %s -d %s\n", name, quoted);
}

static void fish_begin_options(GString *out)
{
    (void)out;
}

static void fish_options(GString *out, const char *command, const GOptionEntry *entries)
{
    static const char *const kinds[] = {[VALUE_NONE] = "",
                                        [VALUE_MAY_FOLLOW] = "",
                                        [VALUE_FILE] = " -r -F",
                                        [VALUE_CHOICE] = " -x",
                                        [VALUE_OTHER] = " -x"};

    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++) {
        g_autofree char *quoted = is_rest(entry) ? NULL : fish_quote(entry->description);

        if (quoted == NULL)
            continue;
        g_string_append_printf(out, "complete -c thumbmill -n '__fish_seen_subcommand_from %s' -l %s%s",
                               command, entry->long_name, kinds[value_of(entry)]);
        if (entry->short_name != 0)
            g_string_append_printf(out, " -s %c", entry->short_name);
        if (value_of(entry) == VALUE_CHOICE)
            g_string_append_printf(out, " -a '%s'", words_of(entry));
        g_string_append_printf(out, " -d %s\n", quoted);
    }
    if (takes_files(entries))
        g_string_append_printf(out, "complete -c thumbmill -n '__fish_seen_subcommand_from %s' -F\n",
                               command);
}

static void fish_end(GString *out)
{
    (void)out;
}

static const CompletionShell shells[] = {
    {"bash", bash_begin, bash_command, bash_begin_options, bash_options, bash_end},
    {"zsh", zsh_begin, zsh_command, zsh_begin_options, zsh_options, zsh_end},
    {"fish", fish_begin, fish_command, fish_begin_options, fish_options, fish_end},
};

const CompletionShell *completion_shell(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(shells); i++)
        if (strcmp(shells[i].name, name) == 0)
            return &shells[i];
    return NULL;
}
