/* thumbmill failures: the failures recorded in the ledger: lists them, explains one object's failure, and
 * schedules retries. */
#include <glib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/quote.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/console/ledger_reader.h"
#include "daemon/options/job_options.h"
#include "daemon/protocol/table.h"

/* The default number of listed rows, for people; and the most kinds of failures in the summary. */
#define DEFAULT_LIMIT 100
#define MAX_GROUPS    20u

/* Rows that are formatted together, so that memory does not grow with the list. */
#define TABLE_ROWS 1000u

typedef struct {
    const Config *config;
    const char *key; /* or NULL for all objects */
    LedgerFilter filter;
    gboolean as_json;
    gint64 now_s;
    JsonList list;
    Table *table; /* rows that are not printed yet, or NULL */
    guint n;
    guint n_groups;
    guint64 n_failures; /* in all groups */
} Listing;

/* The earliest time of the next attempt; 0 if there is none until something changes. */
static gint64 next_s(const Listing *listing, const LedgerFailure *failure)
{
    return failure->is_final ? 0
                             : failure->last_s + ledger_rest_s(failure->tries, listing->config->retries.runs);
}

/* "when it changes", "next run", or a time. Owned by the caller. */
static char *next_text(const Listing *listing, const LedgerFailure *failure)
{
    const gint64 at_s = next_s(listing, failure);

    if (at_s == 0)
        return g_strdup("after a change");
    return at_s <= listing->now_s ? g_strdup("next run") : command_ledger_time(at_s);
}

static void list_json(Listing *listing, const LedgerFailure *failure)
{
    g_autofree char *quoted = quote_key(failure->key);
    const gboolean is_text = g_utf8_validate(failure->key, -1, NULL);
    const gint64 at_s = next_s(listing, failure);
    json_t *item = json_pack(
        "{s:s, s:s?, s:s, s:b, s:s, s:i, s:o, s:o}", "key", is_text ? failure->key : quoted, "output",
        *failure->output != '\0' ? failure->output : NULL, "class", failure->class, "final",
        failure->is_final, "reason", failure->reason, "runs", (int)failure->tries, "first",
        command_ledger_json_time(failure->first_s), "last", command_ledger_json_time(failure->last_s));

    json_object_set_new(item, "next", at_s != 0 ? command_ledger_json_time(at_s) : json_null());
    json_object_set_new(item, "version", json_string(failure->etag));
    json_object_set_new(item, "recipe", json_string(failure->recipe));
    json_object_set_new(item, "engine", json_string(failure->engine));
    json_list_add(&listing->list, item);
}

/* Prints the table, and discards it. */
static void flush_table(Listing *listing)
{
    g_autoptr(Table) table = g_steal_pointer(&listing->table);
    g_autofree char *text = table != NULL ? table_text(table, table_terminal_columns()) : NULL;

    if (text != NULL)
        g_print("%s", text);
}

static void list_line(Listing *listing, const LedgerFailure *failure)
{
    static const TableColumn with_titles[] = {{"SINCE", FALSE},
                                              {"RUNS", TRUE},
                                              {"NEXT TRY", FALSE},
                                              {"CLASS", FALSE},
                                              {"OBJECT: OUTPUT: REASON", FALSE}};
    static const TableColumn without[] = {
        {NULL, FALSE}, {NULL, TRUE}, {NULL, FALSE}, {NULL, FALSE}, {NULL, FALSE}};
    g_autofree char *key = quote_key(failure->key);
    g_autofree char *first = command_ledger_time(failure->first_s);
    g_autofree char *next = next_text(listing, failure);
    g_autofree char *tries = g_strdup_printf("%u", failure->tries);
    g_autofree char *what =
        g_strdup_printf("%s: %s: %s", key, *failure->output != '\0' ? failure->output : "-", failure->reason);

    if (listing->n == 0)
        g_print("\n");
    if (listing->n % TABLE_ROWS == 0) {
        flush_table(listing);
        listing->table = table_new(listing->n == 0 ? with_titles : without, G_N_ELEMENTS(without), 2);
    }
    table_add(listing->table, (const char *const[]){first, tries, next, failure->class, what});
}

static void explain(const Listing *listing, const LedgerFailure *failure)
{
    g_autofree char *first = command_ledger_time(failure->first_s);
    g_autofree char *last = command_ledger_time(failure->last_s);
    g_autofree char *next = next_text(listing, failure);

    g_print("%s: %s\n"
            "  class:   %s (%s)\n"
            "  failed:  in %u run%s, first %s, last %s\n"
            "  next:    %s\n"
            "  object:  version %s\n"
            "  recipe:  %s\n"
            "  engine:  %s\n",
            *failure->output != '\0' ? failure->output : "all outputs", failure->reason, failure->class,
            failure->is_final ? "final" : "transient", failure->tries, failure->tries == 1 ? "" : "s", first,
            last, next, failure->etag, failure->recipe, failure->engine);
}

static void on_failure(const LedgerFailure *failure, void *data)
{
    Listing *listing = data;

    if (listing->as_json)
        list_json(listing, failure);
    else if (listing->key != NULL)
        explain(listing, failure);
    else
        list_line(listing, failure);
    listing->n++;
}

static void on_group(const LedgerGroup *group, void *data)
{
    static const TableColumn columns[] = {
        {"OUTPUTS", TRUE}, {"OBJECTS", TRUE}, {"CLASS", FALSE}, {"REASON", FALSE}};
    Listing *listing = data;

    if (listing->n_groups == 0)
        listing->table = table_new(columns, G_N_ELEMENTS(columns), 2);
    if (listing->n_groups++ < MAX_GROUPS) {
        g_autofree char *outputs = g_strdup_printf("%" G_GUINT64_FORMAT, group->n_failures);
        g_autofree char *objects = g_strdup_printf("%" G_GUINT64_FORMAT, group->n_objects);

        table_add(listing->table, (const char *const[]){outputs, objects, group->class, group->reason});
    }
    listing->n_failures += group->n_failures;
}

/* Lists the kinds of failures first, the most frequent ones at the top, then single failures up to the
 * limit. */
static gboolean list_all(Ledger *ledger, Listing *listing, GError **error)
{
    if (!listing->as_json && !ledger_each_group(ledger, listing->filter.class, on_group, listing, error))
        return FALSE;
    flush_table(listing);
    if (listing->n_groups > MAX_GROUPS)
        g_print("and %u other reasons\n", listing->n_groups - MAX_GROUPS);
    if (!ledger_each(ledger, &listing->filter, on_failure, listing, error))
        return FALSE;
    flush_table(listing);
    if (!listing->as_json && listing->n < listing->n_failures)
        g_print("showing %u of %" G_GUINT64_FORMAT "; use --limit 0 for all\n", listing->n,
                listing->n_failures);
    return TRUE;
}

/* Lists all failures, or those of the key. */
static gboolean each(Ledger *ledger, Listing *listing, GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;

    if (listing->key == NULL)
        return list_all(ledger, listing, error);
    rows = ledger_recall(ledger, listing->key, error);
    for (guint i = 0; rows != NULL && i < rows->len; i++)
        on_failure(rows->pdata[i], listing);
    return rows != NULL;
}

/* Implements list and why KEY; the latter fails if there is nothing to show. */
static ExitCode show(Ledger *ledger, Listing *listing)
{
    g_autoptr(GError) error = NULL;

    if (ledger != NULL && !each(ledger, listing, &error)) {
        g_clear_pointer(&listing->table, table_free);
        g_printerr("thumbmill failures: %s\n", error->message);
        return EXIT_CODE_UNUSABLE;
    }
    if (listing->as_json)
        json_list_end(&listing->list);
    if (listing->key == NULL || listing->n > 0)
        return EXIT_CODE_DONE;
    g_printerr("thumbmill failures: no failure of this object is recorded\n");
    return EXIT_CODE_FAILED;
}

static ExitCode retry(Ledger *ledger, const char *key)
{
    g_autoptr(GError) error = NULL;
    guint64 n = 0;

    if (ledger != NULL && !ledger_forget(ledger, key, &n, &error)) {
        g_printerr("thumbmill failures: %s\n", error->message);
        return EXIT_CODE_UNUSABLE;
    }
    g_print("%" G_GUINT64_FORMAT " forgotten: the next run retries\n", n);
    return key != NULL && n == 0 ? EXIT_CODE_FAILED : EXIT_CODE_DONE;
}

typedef enum { VERB_LIST, VERB_WHY, VERB_RETRY } Verb;

/* FALSE after printing the error. */
static gboolean parse_words(char **words, Verb *ret_verb, const char **ret_key)
{
    static const struct {
        const char *name;
        guint min, max; /* number of words after the name */
    } verbs[] = {[VERB_LIST] = {"list", 0, 0}, [VERB_WHY] = {"why", 1, 1}, [VERB_RETRY] = {"retry", 0, 1}};
    const guint n = words != NULL ? g_strv_length(words) : 0;

    for (guint i = 0; i < G_N_ELEMENTS(verbs) && n > 0; i++) {
        if (strcmp(words[0], verbs[i].name) != 0 || n - 1 < verbs[i].min || n - 1 > verbs[i].max)
            continue;
        *ret_verb = (Verb)i;
        *ret_key = n > 1 ? words[1] : NULL;
        return TRUE;
    }
    g_printerr("thumbmill failures: expected list, why KEY, retry or retry KEY\n");
    return FALSE;
}

/* limit is -1 if not given. FALSE after printing the error. */
static gboolean parse_filter(Verb verb, const char *class, int limit, Listing *listing)
{
    gboolean is_class = class == NULL;

    for (int i = 0; i <= ERROR_CLASS_LAST && !is_class; i++)
        is_class = strcmp(class, error_class_name((ErrorClass)i)) == 0;
    if (!is_class)
        g_printerr("thumbmill failures: unknown class '%s': see the list\n", class);
    else if (limit < -1)
        g_printerr("thumbmill failures: --limit must be a number of failures, or 0 for all\n");
    else if (verb != VERB_LIST && (class != NULL || limit != -1))
        g_printerr("thumbmill failures: --class and --limit are options of list\n");
    else {
        listing->filter.class = class;
        listing->filter.limit = limit >= 0 ? (guint)limit : listing->as_json ? 0 : DEFAULT_LIMIT;
        return TRUE;
    }
    return FALSE;
}

typedef struct {
    char *config;
    GStrv jobs; /* the name of one, or NULL */
    char *class;
    int limit;
    gboolean as_json;
} FailuresOptions;

static ExitCode failures(const FailuresOptions *options, char **words)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(Ledger) ledger = NULL;
    Listing listing = {
        .as_json = options->as_json, .list = {.name = "failures"}, .now_s = clock_wall_us() / CLOCK_US_PER_S};
    ExitCode code;
    Verb verb;

    if (!parse_words(words, &verb, &listing.key) ||
        !parse_filter(verb, options->class, options->limit, &listing))
        return EXIT_CODE_USAGE;
    config = job_options_load_one(options->config, options->jobs);
    if (config == NULL)
        return EXIT_CODE_USAGE;
    listing.config = config;
    code = command_ledger_open(config, &ledger);
    if (code != EXIT_CODE_DONE)
        return code;
    return verb == VERB_RETRY ? retry(ledger, listing.key) : show(ledger, &listing);
}

ExitCode command_failures(int argc, char **argv)
{
    g_auto(GStrv) words = NULL;
    FailuresOptions options = {.limit = -1};
    ExitCode code = EXIT_CODE_USAGE;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(options.jobs),
        {"class", 0, 0, G_OPTION_ARG_STRING, &options.class,
         "list: only failures of this class: input, limit, crash, ...", "CLASS"},
        {"limit", 0, 0, G_OPTION_ARG_INT, &options.limit,
         "list: number of failures to show below the summary (default 100; with --json all); 0: all", "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.as_json, "Print the failures as JSON", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, "list | why KEY | retry [KEY]"},
        G_OPTION_ENTRY_NULL,
    };

    if (command_parse(
            &argc, &argv, entries,
            "Shows failures of earlier runs that are not retried at present. list: how often each reason "
            "occurs, then the failures; why: everything known about one object (its key below source.url); "
            "retry: forgets one object, or all, so that the next run retries them."))
        code = failures(&options, words);
    g_free(options.config);
    g_strfreev(options.jobs);
    g_free(options.class);
    return code;
}
