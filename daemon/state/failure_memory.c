#include "daemon/state/failure_memory.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "batch/diff.h"
#include "batch/index.h"
#include "config/recipe_hash.h"
#include "daemon/protocol/imager_version.h"
#include "daemon/state/state_files.h"
#include "ledger/history.h"
#include "ledger/ledger.h"

#define WRITE_INTERVAL_US CLOCK_US_PER_S

/* Limit of the changes that are collected within a second before they are written: a few hundred bytes
 * each. */
#define MAX_PENDING 10000u

/* "seen" is written once a day. */
#define SEEN_EVERY_S (G_GINT64_CONSTANT(24) * 3600)

/* Longer reasons are cut, as in a report. */
#define MAX_REASON_BYTES 1024u

struct FailureMemory {
    const Config *config;
    char *path;            /* NULL if failures are not stored */
    Ledger *ledger;        /* NULL if there is none, or it has failed */
    gboolean is_read_only; /* as requested, or after an error such as a full disk */
    gint64 now_s;          /* start of the pass; constant, so that nothing ages during a pass of hours */
    GPtrArray *recipes;    /* of char: the recipe hash of each output */
    char *all_recipes;
    char *engine;       /* NULL until it is first needed */
    GHashTable *losers; /* set of char */
    GPtrArray *pending; /* of LedgerChange */
    GPtrArray *held;    /* of LedgerChange; NULL unless failures are being held */
    gboolean is_deaf;   /* ignores failures */
    Timer *write;
};

/* Errors */

static void memory_open(FailureMemory *memory, LedgerCheck check)
{
    g_autofree char *aside = NULL;
    g_autoptr(GError) error = NULL;

    if (memory->is_read_only && !g_file_test(memory->path, G_FILE_TEST_EXISTS))
        return;
    memory->ledger = memory->is_read_only ? ledger_open_existing(memory->path, &error)
                                          : ledger_open(memory->path, check, &aside, &error);
    state_log_set_aside(memory->path, aside);
    if (memory->ledger == NULL)
        log_event(LOG_WARNING, "cannot open the ledger: this run will not remember failures", "reason",
                  error->message, NULL);
}

/* A damaged ledger is checked and replaced at once; any other error ends the writing, or the reading, for
 * this pass. */
static void memory_fail(FailureMemory *memory, const char *message, const GError *error)
{
    const gboolean is_damage = error_class(error) == ERROR_INPUT && !memory->is_read_only;

    log_event(LOG_WARNING, message, "reason", error->message, NULL);
    if (is_damage) {
        g_clear_pointer(&memory->ledger, ledger_close);
        memory_open(memory, LEDGER_CHECK_NOW);
    } else {
        memory->is_read_only = TRUE;
    }
}

/* Writing */

static void write_pending(void *data)
{
    FailureMemory *memory = data;
    g_autoptr(GError) error = NULL;

    timer_unset(memory->write);
    if (memory->pending->len > 0 && memory->ledger != NULL && !memory->is_read_only &&
        !ledger_write(memory->ledger, memory->pending, &error))
        memory_fail(memory, "cannot write the ledger: some failures will be retried", error);
    g_ptr_array_set_size(memory->pending, 0);
}

static void add_pending(FailureMemory *memory, LedgerChange *change)
{
    if (memory->pending->len == 0)
        timer_set(memory->write, clock_now_us() + WRITE_INTERVAL_US);
    g_ptr_array_add(memory->pending, change);
    if (memory->pending->len >= MAX_PENDING)
        write_pending(memory);
}

static void add_change(FailureMemory *memory, LedgerEvent event, const LedgerFailure *failure)
{
    if (memory->ledger == NULL || memory->is_read_only)
        return;
    if (event == LEDGER_FAILED && memory->held != NULL)
        g_ptr_array_add(memory->held, ledger_change_new(event, failure));
    else
        add_pending(memory, ledger_change_new(event, failure));
}

void failure_memory_hold(FailureMemory *memory)
{
    if (memory->held == NULL)
        memory->held = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_change_free);
}

void failure_memory_release(FailureMemory *memory)
{
    g_autoptr(GPtrArray) held = g_steal_pointer(&memory->held);

    while (held != NULL && held->len > 0)
        add_pending(memory, g_ptr_array_steal_index(held, 0));
}

void failure_memory_drop(FailureMemory *memory)
{
    g_clear_pointer(&memory->held, g_ptr_array_unref);
    memory->is_deaf = TRUE;
}

static void add_forgotten(FailureMemory *memory, const char *key, const char *output)
{
    add_change(memory, LEDGER_MADE, &(LedgerFailure){.key = key, .output = output});
}

/* Records that the object still exists. Once a day is enough: it only serves to detect objects that are
 * gone. */
static void add_seen(FailureMemory *memory, const LedgerFailure *failure)
{
    if (memory->now_s - failure->seen_s > SEEN_EVERY_S)
        add_change(memory, LEDGER_SEEN, &(LedgerFailure){.key = failure->key, .seen_s = memory->now_s});
}

/* Whether the object or its recipe is to blame, so that it would fail again. After a crash that is not
 * certain (the kernel also kills processes when memory is short), and what a store refuses may be allowed
 * tomorrow. */
static gboolean is_final(ErrorClass class)
{
    return class == ERROR_INPUT || class == ERROR_LIMIT;
}

/* The reason as it is stored. Owned by the caller. */
static char *reason_of(const GError *error)
{
    char *reason = g_utf8_make_valid(error->message, -1);

    if (strlen(reason) > MAX_REASON_BYTES)
        *g_utf8_find_prev_char(reason, reason + MAX_REASON_BYTES + 1) = '\0';
    return reason;
}

static void add_failure(FailureMemory *memory, LedgerEvent event, LedgerFailure *failure,
                        gboolean is_rendered, const GError *error)
{
    g_autofree char *reason = reason_of(error);

    failure->is_final = !is_rendered && is_final(error_class(error));
    failure->class = error_class_name(error_class(error));
    failure->reason = reason;
    failure->last_s = clock_wall_us() / CLOCK_US_PER_S;
    add_change(memory, event, failure);
}

static const char *engine_of(FailureMemory *memory)
{
    if (memory->engine == NULL)
        memory->engine = imager_version_ask();
    return memory->engine;
}

static const char *output_name(const FailureMemory *memory, guint output)
{
    return config_output(memory->config, output)->name;
}

void failure_memory_failed(FailureMemory *memory, const char *key, const char *version, guint output,
                           gboolean is_rendered, const GError *error)
{
    LedgerFailure failure;

    if (memory->ledger == NULL || memory->is_deaf || error_class(error) == ERROR_CONFIG)
        return;
    failure = (LedgerFailure){.key = key,
                              .output = output_name(memory, output),
                              .etag = version,
                              .recipe = memory->recipes->pdata[output],
                              .engine = engine_of(memory)};
    add_failure(memory, LEDGER_FAILED, &failure, is_rendered, error);
}

void failure_memory_made(FailureMemory *memory, const char *key, guint output)
{
    if (g_hash_table_contains(memory->losers, key))
        add_forgotten(memory, key, "");
    add_forgotten(memory, key, output_name(memory, output));
}

/* Looking up */

static GPtrArray *rows_of(FailureMemory *memory, const char *key)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = NULL;

    if (memory->ledger != NULL)
        rows = ledger_recall(memory->ledger, key, &error);
    if (error != NULL) {
        memory_fail(memory, "cannot read the ledger", error);
        if (memory->is_read_only)
            g_clear_pointer(&memory->ledger, ledger_close);
    }
    return rows;
}

static const LedgerFailure *find_row(const GPtrArray *rows, const char *output)
{
    for (guint i = 0; i < rows->len; i++) {
        const LedgerFailure *row = rows->pdata[i];

        if (strcmp(row->output, output) == 0)
            return row;
    }
    return NULL;
}

static gboolean is_unchanged(FailureMemory *memory, const LedgerFailure *row, const char *version,
                             const char *recipe)
{
    return strcmp(row->etag, version) == 0 && strcmp(row->recipe, recipe) == 0 &&
           strcmp(row->engine, engine_of(memory)) == 0;
}

/* Whether the pause after a passing failure is still running. If the clock was set back, nobody waits for
 * longer than LEDGER_MAX_REST_S. */
static gboolean is_resting(const FailureMemory *memory, const LedgerFailure *row)
{
    const gint64 rest_s = ledger_rest_s(row->tries, memory->config->retries.runs);

    return memory->now_s < row->last_s + rest_s && memory->now_s > row->last_s - LEDGER_MAX_REST_S;
}

/* TRUE if this output must not be tried now. */
static gboolean recall_output(FailureMemory *memory, const LedgerFailure *row, const char *version,
                              guint output, Recollection *recollection)
{
    if (row == NULL || !is_unchanged(memory, row, version, memory->recipes->pdata[output]))
        return FALSE;
    if (row->is_final)
        recollection->final++;
    else if (is_resting(memory, row))
        recollection->postponed++;
    else
        return FALSE;
    return TRUE;
}

Recollection failure_memory_recall(FailureMemory *memory, const char *key, const char *version,
                                   GArray *wanted)
{
    g_autoptr(GPtrArray) rows = rows_of(memory, key);
    Recollection recollection = {0};

    if (rows == NULL || rows->len == 0)
        return recollection;
    recollection.is_known = TRUE;
    add_seen(memory, rows->pdata[0]);
    if (find_row(rows, "") != NULL && !g_hash_table_contains(memory->losers, key)) /* no longer refused */
        add_forgotten(memory, key, "");
    for (guint i = wanted->len; i-- > 0;) {
        const guint output = g_array_index(wanted, DiffOutput, i).output;

        if (recall_output(memory, find_row(rows, output_name(memory, output)), version, output,
                          &recollection))
            g_array_remove_index(wanted, i);
    }
    return recollection;
}

gboolean failure_memory_refuse(FailureMemory *memory, const char *key, const char *version,
                               const GError *error)
{
    g_autoptr(GPtrArray) rows = rows_of(memory, key);
    g_autofree char *reason = reason_of(error);
    const LedgerFailure *row = rows != NULL ? find_row(rows, "") : NULL;
    LedgerFailure failure = {.key = key,
                             .output = "",
                             .etag = version,
                             .recipe = memory->all_recipes,
                             .engine = "thumbmill " THUMBMILL_VERSION}; /* no imager was involved */

    if (row != NULL && strcmp(row->etag, version) == 0 && strcmp(row->recipe, failure.recipe) == 0 &&
        strcmp(row->engine, failure.engine) == 0 && strcmp(row->reason, reason) == 0) {
        add_seen(memory, row);
        return TRUE;
    }
    add_failure(memory, LEDGER_REFUSED, &failure, FALSE, error);
    return FALSE;
}

/* Start and end */

static void add_loser(const LedgerFailure *failure, void *data)
{
    FailureMemory *memory = data;

    if (*failure->output == '\0' && strstr(failure->reason, INDEX_CLAIMED_TEXT) != NULL)
        g_hash_table_add(memory->losers, g_strdup(failure->key));
}

static void read_losers(FailureMemory *memory)
{
    const LedgerFilter filter = {.class = error_class_name(ERROR_INPUT)};
    g_autoptr(GError) error = NULL;

    if (memory->ledger != NULL && !ledger_each(memory->ledger, &filter, add_loser, memory, &error))
        memory_fail(memory, "cannot read the ledger", error);
}

GHashTable *failure_memory_losers(const FailureMemory *memory)
{
    return memory->losers;
}

FailureMemory *failure_memory_new(const Config *config, const char *path, gboolean read_only,
                                  GMainContext *context)
{
    FailureMemory *memory = g_new0(FailureMemory, 1);

    memory->config = config;
    memory->is_read_only = read_only;
    memory->now_s = clock_wall_us() / CLOCK_US_PER_S;
    memory->recipes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < config->outputs->len; i++)
        g_ptr_array_add(memory->recipes, recipe_hash(config, i));
    memory->all_recipes = recipe_hash_all(config);
    memory->losers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    memory->pending = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_change_free);
    memory->write = timer_new(context, write_pending, memory);
    memory->path = g_strdup(path);
    if (path != NULL)
        memory_open(memory, LEDGER_CHECK_DAILY);
    read_losers(memory);
    return memory;
}

guint64 failure_memory_last_listed(const FailureMemory *memory)
{
    guint64 listed = 0;

    return memory->ledger != NULL && history_last_listed(memory->ledger, &listed) ? listed : 0;
}

static void prune(FailureMemory *memory)
{
    g_autoptr(GError) error = NULL;

    if (memory->ledger != NULL && !memory->is_read_only &&
        !ledger_prune_if_due(memory->ledger, memory->now_s, &error))
        memory_fail(memory, "cannot prune the ledger", error);
}

void failure_memory_free(FailureMemory *memory)
{
    if (memory == NULL)
        return;
    failure_memory_release(memory);
    write_pending(memory);
    prune(memory);
    timer_free(memory->write);
    ledger_close(memory->ledger);
    g_hash_table_unref(memory->losers);
    g_ptr_array_unref(memory->pending);
    g_ptr_array_unref(memory->recipes);
    g_free(memory->all_recipes);
    g_free(memory->engine);
    g_free(memory->path);
    g_free(memory);
}
