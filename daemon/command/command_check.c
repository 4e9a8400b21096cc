/* thumbmill check: validates the configuration, and checks that this machine has the files that it names and
 * can encode its outputs. */
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/json_format.h"
#include "batch/key_order.h"
#include "config/jobs.h"
#include "daemon/command/commands.h"
#include "daemon/console/machine_check.h"
#include "daemon/session/encoders.h"

static gboolean is_known(const GPtrArray *problems, const char *problem)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)problems, problem, g_str_equal, NULL);
}

/* Adds what is missing for a job. Jobs share settings, and so what is missing. */
static void add_missing(const char *path, const Config *config, GPtrArray *problems)
{
    g_autoptr(GPtrArray) missing = machine_check(config);

    for (guint i = 0; i < missing->len; i++) {
        g_autofree char *problem = g_strdup_printf("%s: %s", path, (const char *)missing->pdata[i]);

        if (!is_known(problems, problem))
            g_ptr_array_add(problems, g_steal_pointer(&problem));
    }
}

/* The problems, one line each, with their place in the file if known. */
static GPtrArray *problems_of(const char *path, GPtrArray **ret_jobs)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    *ret_jobs = jobs_load(path, &error);
    for (guint i = 0; *ret_jobs != NULL && i < (*ret_jobs)->len; i++)
        add_missing(path, (*ret_jobs)->pdata[i], problems);
    if (*ret_jobs != NULL)
        (void)encoders_check_jobs(*ret_jobs, &error);
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

static json_t *outputs_to_json(const Config *config)
{
    json_t *outputs = json_array();

    for (guint i = 0; i < config->outputs->len; i++)
        json_array_append_new(outputs, text_to_json(config_output(config, i)->name));
    return outputs;
}

static json_t *jobs_to_json(const GPtrArray *jobs)
{
    json_t *list = json_array();

    for (guint i = 0; jobs != NULL && i < jobs->len; i++) {
        const Config *config = jobs->pdata[i];

        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "name", config->name, "source",
                                              text_to_json(config->source.url), "destination",
                                              text_to_json(config->destination.url), "outputs",
                                              outputs_to_json(config)));
    }
    return list;
}

static void print_json(const char *path, const GPtrArray *jobs, const GPtrArray *problems, ExitCode code)
{
    const Config *only = jobs != NULL && jobs->len == 1 ? jobs->pdata[0] : NULL;
    json_t *root = json_object(), *list = json_array();
    char *dump;

    for (guint i = 0; i < problems->len; i++)
        json_array_append_new(list, text_to_json(problems->pdata[i]));
    json_object_set_new(root, "format", json_integer(JSON_FORMAT));
    json_object_set_new(root, "version", json_string(THUMBMILL_VERSION));
    json_object_set_new(root, "exit", json_integer(code));
    json_object_set_new(root, "file", text_to_json(path));
    json_object_set_new(root, "source", only != NULL ? text_to_json(only->source.url) : json_null());
    json_object_set_new(root, "destination",
                        only != NULL ? text_to_json(only->destination.url) : json_null());
    json_object_set_new(root, "outputs", only != NULL ? outputs_to_json(only) : json_array());
    json_object_set_new(root, "jobs", jobs_to_json(jobs));
    json_object_set_new(root, "problems", list);
    dump = json_dumps(root, JSON_INDENT(2));
    g_print("%s\n", dump);
    free(dump);
    json_decref(root);
}

static void print_job(const char *path, const GPtrArray *jobs, const Config *config)
{
    g_autofree char *job = jobs->len > 1 ? g_strdup_printf("job %s: ", config->name) : g_strdup("");
    g_autofree char *note = key_order_note(config);

    g_print("%s: %sok: %u output%s from %s to %s\n", path, job, config->outputs->len,
            config->outputs->len == 1 ? "" : "s", config->source.url, config->destination.url);
    if (note != NULL)
        g_print("%s: %snote: %s\n", path, job, note);
}

static void print_text(const char *path, const GPtrArray *jobs, const GPtrArray *problems)
{
    for (guint i = 0; i < problems->len; i++)
        g_printerr("%s\n", (const char *)problems->pdata[i]);
    for (guint i = 0; problems->len == 0 && i < jobs->len; i++)
        print_job(path, jobs, jobs->pdata[i]);
}

static void print_configuration(const GPtrArray *jobs)
{
    g_autofree char *text = jobs_show(jobs);

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
    g_autoptr(GPtrArray) jobs = NULL;
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
    problems = problems_of(path, &jobs);
    code = problems->len > 0 ? EXIT_CODE_USAGE : EXIT_CODE_DONE;
    if (as_json)
        print_json(path, jobs, problems, code);
    else if (shows && problems->len == 0)
        print_configuration(jobs);
    else
        print_text(path, jobs, problems);
    return code;
}
