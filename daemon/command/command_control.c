/* thumbmill status, workers, scale, terminate, reload, drain, resume, stop, run-now, log-level: each sends a
 * request to a daemon, and prints the answer for people, or with --json for programs. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/size_text.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/console/control_client.h"
#include "daemon/options/job_options.h"
#include "daemon/protocol/table.h"
#include "daemon/service/control_commands.h"
#include "daemon/service/service_control.h"

typedef struct {
    char *config_path;
    char *socket_path;
    char **rest;
    gboolean json;
    gboolean check; /* for `status`: only report whether the daemon is healthy */
} ControlCommandOptions;

/* Output for people */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "-";
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static void show_row(Table *table, const char *name, const char *value)
{
    table_add(table, (const char *const[]){name, value});
}

static void show_count(Table *table, const char *name, const json_t *object, const char *member)
{
    g_autofree char *text = g_strdup_printf("%.0f", number_of(object, member));

    show_row(table, name, text);
}

static void print_table(const Table *table)
{
    g_autofree char *text = table_text(table, table_terminal_columns());

    g_print("%s", text);
}

/* Seconds alone would be correct, but days are easier to read. */
static void show_uptime(Table *table, double seconds)
{
    const guint64 s = (guint64)seconds;
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "d %02u:%02u:%02u", s / 86400,
                                            (guint)(s / 3600 % 24), (guint)(s / 60 % 60), (guint)(s % 60));

    show_row(table, "uptime", text);
}

/* JSON contains UTC; people get local time, as in the log. */
static void show_time(Table *table, const char *name, const json_t *object, const char *member)
{
    gint64 seconds;
    g_autofree char *text = NULL;

    if (clock_parse_iso(text_of(object, member), &seconds))
        text = clock_format_local(seconds * CLOCK_US_PER_S);
    show_row(table, name, text != NULL ? text : "-");
}

static void show_last_pass(Table *table, const json_t *last)
{
    g_autofree char *counts = g_strdup_printf(
        "%.0f done, %.0f up to date, %.0f failed, %.0f not retried; %.0f outputs; %.1f s",
        number_of(last, "done"), number_of(last, "up_to_date"), number_of(last, "failed"),
        number_of(last, "left_alone"), number_of(last, "outputs"), number_of(last, "seconds"));

    show_time(table, "last pass", last, "ended");
    show_row(table, "", text_of(last, "result"));
    show_row(table, "", counts);
}

static void show_status(const json_t *answer)
{
    static const TableColumn columns[] = {{NULL, FALSE}, {NULL, FALSE}};
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns), 2);
    const json_t *pass = json_object_get(answer, "pass");

    show_row(table, "version", text_of(answer, "version"));
    show_count(table, "pid", answer, "pid");
    show_count(table, "supervisor", answer, "supervisor");
    if (number_of(answer, "old_supervisor") > 0)
        show_count(table, "finishing", answer, "old_supervisor");
    show_uptime(table, number_of(answer, "uptime_s"));
    show_row(table, "state", text_of(answer, "text"));
    show_count(table, "workers", answer, "workers");
    show_count(table, "passes", answer, "passes");
    if (json_is_object(json_object_get(answer, "last_pass")))
        show_last_pass(table, json_object_get(answer, "last_pass"));
    show_time(table, "next pass", answer, "next_pass");
    show_count(table, "restarts", answer, "restarts");
    if (json_is_object(pass)) {
        show_count(table, "listed", pass, "listed");
        show_count(table, "done", pass, "done");
        show_count(table, "up to date", pass, "up_to_date");
        show_count(table, "failed", pass, "failed");
        show_count(table, "in flight", pass, "in_flight");
    }
    if (json_is_string(json_object_get(answer, "trouble")))
        show_row(table, "last failure", text_of(answer, "trouble"));
    print_table(table);
}

static void add_worker(Table *table, const json_t *worker)
{
    const char *obituary = json_string_value(json_object_get(worker, "obituary"));
    g_autofree char *slot = g_strdup_printf("%.0f", number_of(worker, "slot"));
    g_autofree char *pid = g_strdup_printf("%.0f", number_of(worker, "pid"));
    g_autofree char *holds = g_strdup_printf("%.0f", number_of(worker, "tasks_held"));
    g_autofree char *done = g_strdup_printf("%.0f", number_of(worker, "tasks_done"));
    g_autofree char *memory = size_text((guint64)number_of(worker, "memory_bytes"));
    g_autofree char *restarts = g_strdup_printf("%.0f", number_of(worker, "restarts"));
    g_autofree char *seconds = g_strdup_printf("%.1f", number_of(worker, "seconds"));

    table_add(table, (const char *const[]){slot, pid, text_of(worker, "state"), holds, done, memory, restarts,
                                           seconds, text_of(worker, "task")});
    if (obituary != NULL)
        table_add_note(table, "previous: ", obituary);
}

static void show_workers(const json_t *answer)
{
    static const TableColumn columns[] = {{"SLOT", TRUE},     {"PID", TRUE},     {"STATE", FALSE},
                                          {"HOLDS", TRUE},    {"DONE", TRUE},    {"MEMORY", TRUE},
                                          {"RESTARTS", TRUE}, {"SECONDS", TRUE}, {"TASK", FALSE}};
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns), 1);
    const json_t *workers = json_object_get(answer, "workers");
    const gboolean all_answered = json_object_get(answer, "unanswered") == NULL;
    gboolean told = FALSE;

    if (!all_answered)
        g_print("a supervisor does not respond: its workers are not shown\n");
    if (json_array_size(workers) == 0) {
        if (all_answered)
            g_print("no workers: they exist only during a pass\n");
        return;
    }
    for (size_t i = 0; i < json_array_size(workers); i++) {
        const json_t *worker = json_array_get(workers, i);
        const gboolean is_draining = json_is_true(json_object_get(worker, "draining"));

        if (is_draining && !told)
            table_add_note(table, "", "workers of the old supervisor, finishing its objects in flight:");
        told |= is_draining;
        add_worker(table, worker);
    }
    print_table(table);
}

/* Prints the answer of a command; a command without a function prints nothing. */
static void (*const shows[CONTROL_COMMANDS])(const json_t *answer) = {
    [CONTROL_STATUS] = show_status,
    [CONTROL_WORKERS] = show_workers,
};

/* The path of the daemon's socket: as configured, or in this process's own runtime directory (for a command
 * in the daemon's container), or where the systemd units put it; in the last case *ret_is_guess is set. Owned
 * by the caller; NULL after printing the error. */
static char *socket_of(const ControlCommandOptions *options, gboolean *ret_is_guess)
{
    g_autoptr(GPtrArray) jobs = NULL;
    g_autofree char *path = NULL;
    g_autofree char *name = NULL;
    char *dot;

    *ret_is_guess = FALSE;
    if (options->socket_path != NULL)
        return g_strdup(options->socket_path);
    if (options->config_path == NULL && (path = service_control_path(NULL)) != NULL)
        return g_steal_pointer(&path);
    jobs = job_options_load(options->config_path, NULL);
    if (jobs == NULL)
        return NULL;
    path = service_control_path(jobs->pdata[0]); /* they share the socket */
    if (path != NULL)
        return g_steal_pointer(&path);
    *ret_is_guess = TRUE;
    name = g_path_get_basename(options->config_path);
    dot = strrchr(name, '.');
    if (dot != NULL)
        *dot = '\0';
    return g_build_filename("/run/thumbmill", name, "control", NULL);
}

/* Whether the answer to `status` shows that the daemon cannot do its work at the moment. */
static gboolean is_unhealthy(const json_t *answer)
{
    const char *phase = text_of(answer, "phase");

    return strcmp(phase, "degraded") == 0 ||
           (strcmp(phase, "starting") == 0 && number_of(answer, "troubles") > 0);
}

/* Prints the answer. EXIT_CODE_DONE if the request succeeded, and if the daemon is healthy as far as the
 * answer shows. */
static ExitCode show(const ControlCommand *command, const ControlCommandOptions *options,
                     const json_t *answer)
{
    const gboolean ok = json_is_true(json_object_get(answer, "ok"));

    if (options->json) {
        char *text = json_dumps(answer, JSON_INDENT(2));

        g_print("%s\n", text);
        free(text);
    } else if (!ok) {
        g_printerr("thumbmill %s: %s\n", command->name, text_of(answer, "error"));
    } else if (options->check) {
        if (is_unhealthy(answer))
            g_printerr("thumbmill %s: %s\n", command->name, text_of(answer, "text"));
    } else if (shows[command->id] != NULL) {
        shows[command->id](answer);
    }
    return ok && !is_unhealthy(answer) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

static void print_unreachable(const ControlCommand *command, const ControlCommandOptions *options,
                              gboolean is_guess, const GError *error)
{
    g_printerr("thumbmill %s: %s\n", command->name, error->message);
    if (is_guess && !options->check)
        g_printerr("%s does not set control.socket: then only a daemon started by systemd has a socket, the "
                   "one above\n",
                   options->config_path);
}

static ExitCode ask(const ControlCommand *command, const ControlCommandOptions *options)
{
    const guint n = options->rest != NULL ? g_strv_length(options->rest) : 0;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    gboolean is_guess;
    json_t *answer;
    ExitCode code;

    if (n != (command->value != NULL ? 1u : 0u)) {
        g_printerr("thumbmill %s: takes %s\n", command->name,
                   command->value != NULL ? command->value : "no argument");
        return EXIT_CODE_USAGE;
    }
    path = socket_of(options, &is_guess);
    if (path == NULL)
        return EXIT_CODE_USAGE;
    answer = control_client_ask(path, command->name, n > 0 ? options->rest[0] : NULL, &error);
    if (answer == NULL) {
        print_unreachable(command, options, is_guess, error);
        return EXIT_CODE_UNUSABLE;
    }
    code = show(command, options, answer);
    json_decref(answer);
    return code;
}

/* Whether --check is among the arguments: GOption reverts the values that it has stored when it meets an
 * invalid option later. */
static gboolean wants_check(char *const *argv)
{
    for (; *argv != NULL && !g_str_equal(*argv, "--"); argv++)
        if (g_str_equal(*argv, "--check") || g_str_has_prefix(*argv, "--check="))
            return TRUE;
    return FALSE;
}

ExitCode command_control(int argc, char **argv)
{
    const ControlCommand *command = control_command_find(argv[0]);
    ControlCommandOptions o = {0};
    const gboolean has_check = command->id == CONTROL_STATUS;
    const gboolean is_check = has_check && wants_check(argv);
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config_path, "The daemon's configuration", "FILE"},
        {"socket", 0, 0, G_OPTION_ARG_FILENAME, &o.socket_path, "The daemon's control socket, instead of -c",
         "PATH"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print the response as JSON", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.rest, NULL, command->value},
        /* for other commands the list ends here */
        {has_check ? "check" : NULL, 0, 0, G_OPTION_ARG_NONE, &o.check,
         "Health check: exit 0 if healthy; otherwise print the reason and exit 1", NULL},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;

    if (command_parse(&argc, &argv, entries, command->help))
        code = ask(command, &o);
    /* Docker reserves all other exit codes of a health check. */
    if ((o.check || is_check) && code != EXIT_CODE_DONE)
        code = EXIT_CODE_FAILED;
    g_free(o.config_path);
    g_free(o.socket_path);
    g_strfreev(o.rest);
    return code;
}
