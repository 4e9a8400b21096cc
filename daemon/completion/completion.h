/* Writes what a shell needs to complete the arguments of thumbmill, from tables of commands and options: one file
 * for each shell. Pure. */
#pragma once

#include <glib.h>

/* A shell, with a function for each part of its file, in this order: the beginning; the names of all commands; the
 * beginning of the options; the options of each command; the end. */
typedef struct {
    const char *name;
    void (*begin)(GString *out);
    void (*command)(GString *out, const char *name, const char *summary);
    void (*begin_options)(GString *out);
    void (*options)(GString *out, const char *command, const GOptionEntry *entries);
    void (*end)(GString *out);
} CompletionShell;

/* "bash", "zsh" or "fish"; NULL for another name. */
const CompletionShell *completion_shell(const char *name);
