#include "ledger/ledger.h"

#include <string.h>

#include "base/error.h"
#include "ledger/database.h"
#include "ledger/ledger_database.h"

#define COLUMNS "key, output, etag, recipe, engine, is_final, class, reason, tries, first_s, last_s, seen_s"

/* The tries of a failure are counted further only while all of these are unchanged. */
#define SAME                                                                                                 \
    "failure.etag = excluded.etag AND failure.recipe = excluded.recipe AND failure.engine = excluded.engine"

#define HOUR_S G_GINT64_CONSTANT(3600)

typedef enum {
    STATEMENT_RECALL,
    STATEMENT_FAILED,
    STATEMENT_FORGET_OBJECT,
    STATEMENT_MADE,
    STATEMENT_SEEN,
    STATEMENT_COUNT,
} Statement;

static const char *const statements[] = {
    [STATEMENT_RECALL] = "SELECT " COLUMNS " FROM failure WHERE key = ?1 ORDER BY output",
    [STATEMENT_FAILED] =
        "INSERT INTO failure (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?9, ?9)"
        " ON CONFLICT DO UPDATE SET"
        " tries = CASE WHEN " SAME " THEN failure.tries + 1 ELSE 1 END,"
        " first_s = CASE WHEN " SAME " THEN failure.first_s ELSE excluded.first_s END,"
        " etag = excluded.etag, recipe = excluded.recipe, engine = excluded.engine,"
        " is_final = excluded.is_final, class = excluded.class, reason = excluded.reason,"
        " last_s = excluded.last_s, seen_s = excluded.seen_s",
    [STATEMENT_FORGET_OBJECT] = "DELETE FROM failure WHERE key = ?1 AND output <> ''",
    [STATEMENT_MADE] = "DELETE FROM failure WHERE key = ?1 AND output = ?2",
    [STATEMENT_SEEN] = "UPDATE failure SET seen_s = ?2 WHERE key = ?1",
};

struct Ledger {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENT_COUNT];
    guint n_written;   /* failures written since it was opened */
    gboolean is_empty; /* there were never any rows, as far as this process knows: no query is needed */
};

LedgerFailure *ledger_failure_copy(const LedgerFailure *failure)
{
    LedgerFailure *copy = g_memdup2(failure, sizeof *failure);

    copy->key = g_strdup(failure->key);
    copy->output = g_strdup(failure->output);
    copy->etag = g_strdup(failure->etag);
    copy->recipe = g_strdup(failure->recipe);
    copy->engine = g_strdup(failure->engine);
    copy->class = g_strdup(failure->class);
    copy->reason = g_strdup(failure->reason);
    return copy;
}

gint64 ledger_rest_s(guint tries, guint runs)
{
    const guint doublings = tries >= runs ? MIN(tries - runs, 5u) : 0;

    return tries < runs ? 0 : MIN(HOUR_S << doublings, LEDGER_MAX_REST_S);
}

void ledger_failure_free(LedgerFailure *failure)
{
    if (failure == NULL)
        return;
    g_free((char *)failure->key);
    g_free((char *)failure->output);
    g_free((char *)failure->etag);
    g_free((char *)failure->recipe);
    g_free((char *)failure->engine);
    g_free((char *)failure->class);
    g_free((char *)failure->reason);
    g_free(failure);
}

LedgerChange *ledger_change_new(LedgerEvent event, const LedgerFailure *failure)
{
    LedgerChange *change = g_new(LedgerChange, 1);

    *change = (LedgerChange){event, ledger_failure_copy(failure)};
    return change;
}

void ledger_change_free(LedgerChange *change)
{
    ledger_failure_free(change->failure);
    g_free(change);
}

/* Opening and closing */

static gboolean prepare_all(Ledger *ledger, GError **error)
{
    sqlite3_stmt *any;

    for (guint i = 0; i < STATEMENT_COUNT; i++) {
        ledger->prepared[i] = database_prepare(ledger->db, statements[i], error);
        if (ledger->prepared[i] == NULL)
            return FALSE;
    }
    any = database_prepare(ledger->db, "SELECT 1 FROM failure LIMIT 1", error);
    if (any == NULL)
        return FALSE;
    ledger->is_empty = sqlite3_step(any) != SQLITE_ROW;
    sqlite3_finalize(any);
    return TRUE;
}

/* Takes ownership of db. */
static Ledger *ledger_new(sqlite3 *db, GError **error)
{
    g_autoptr(Ledger) ledger = g_new0(Ledger, 1);

    ledger->db = db;
    return prepare_all(ledger, error) ? g_steal_pointer(&ledger) : NULL;
}

Ledger *ledger_open(const char *path, LedgerCheck check, char **ret_set_aside, GError **error)
{
    const DatabaseUse use = check == LEDGER_CHECK_NOW ? DATABASE_CHECK : DATABASE_MAKE;
    g_autoptr(GError) damage = NULL;
    g_autofree char *aside = NULL;
    sqlite3 *db = database_open(path, use, &damage);

    if (db == NULL && error_class(damage) == ERROR_INPUT) {
        aside = database_set_aside(path, error);
        if (aside == NULL)
            return NULL;
        g_clear_error(&damage);
        db = database_open(path, use, &damage);
    }
    *ret_set_aside = g_steal_pointer(&aside);
    if (db != NULL)
        return ledger_new(db, error);
    g_propagate_error(error, g_steal_pointer(&damage));
    return NULL;
}

Ledger *ledger_open_existing(const char *path, GError **error)
{
    sqlite3 *db = database_open(path, DATABASE_EXISTING, error);

    return db != NULL ? ledger_new(db, error) : NULL;
}

void ledger_close(Ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (guint i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(ledger->prepared[i]);
    database_close(ledger->db);
    g_free(ledger);
}

sqlite3 *ledger_database(Ledger *ledger)
{
    return ledger->db;
}

/* Rows */

static void bind_bytes(sqlite3_stmt *statement, int number, const char *text)
{
    sqlite3_bind_blob64(statement, number, text, strlen(text), SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *statement, int number, const char *text)
{
    sqlite3_bind_text(statement, number, text, -1, SQLITE_STATIC);
}

static char *column_text(sqlite3_stmt *row, int number)
{
    const char *text = (const char *)sqlite3_column_text(row, number);

    return g_strdup(text != NULL ? text : "");
}

/* A key is bytes. What is NULL, where that cannot be unless the file is damaged, is empty as texts are. */
static char *column_key(sqlite3_stmt *row, int number)
{
    const char *bytes = sqlite3_column_blob(row, number);

    return bytes != NULL ? g_strndup(bytes, (gsize)sqlite3_column_bytes(row, number)) : g_strdup("");
}

/* In the order of COLUMNS. */
static LedgerFailure *read_row(sqlite3_stmt *row)
{
    LedgerFailure *failure = g_new0(LedgerFailure, 1);

    failure->key = column_key(row, 0);
    failure->output = column_text(row, 1);
    failure->etag = column_text(row, 2);
    failure->recipe = column_text(row, 3);
    failure->engine = column_text(row, 4);
    failure->is_final = sqlite3_column_int(row, 5) != 0;
    failure->class = column_text(row, 6);
    failure->reason = column_text(row, 7);
    failure->tries = (guint)CLAMP(sqlite3_column_int64(row, 8), 1, G_MAXINT);
    failure->first_s = sqlite3_column_int64(row, 9);
    failure->last_s = sqlite3_column_int64(row, 10);
    failure->seen_s = sqlite3_column_int64(row, 11);
    return failure;
}

/* Reads the next row; *ret_failure is NULL at the end. */
static gboolean next_row(Ledger *ledger, sqlite3_stmt *statement, LedgerFailure **ret_failure, GError **error)
{
    int code = sqlite3_step(statement);

    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return database_fail(ledger->db, error);
    *ret_failure = code == SQLITE_ROW ? read_row(statement) : NULL;
    return TRUE;
}

/* Binds class to parameter 1, which stays NULL if class is NULL. */
static void bind_class(sqlite3_stmt *statement, const char *class)
{
    if (class != NULL)
        bind_text(statement, 1, class);
}

GPtrArray *ledger_recall(Ledger *ledger, const char *key, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_failure_free);
    sqlite3_stmt *statement = ledger->prepared[STATEMENT_RECALL];
    LedgerFailure *failure = NULL;
    gboolean is_read;

    if (ledger->is_empty)
        return g_steal_pointer(&found);
    bind_bytes(statement, 1, key);
    while ((is_read = next_row(ledger, statement, &failure, error)) && failure != NULL)
        g_ptr_array_add(found, failure);
    sqlite3_reset(statement);
    return is_read ? g_steal_pointer(&found) : NULL;
}

gboolean ledger_each(Ledger *ledger, const LedgerFilter *filter, LedgerFunc func, void *data, GError **error)
{
    sqlite3_stmt *statement =
        database_prepare(ledger->db,
                         "SELECT " COLUMNS " FROM failure WHERE ?1 IS NULL OR class = ?1"
                         " ORDER BY key, output LIMIT ?2",
                         error);
    LedgerFailure *failure = NULL;
    gboolean is_read;

    if (statement == NULL)
        return FALSE;
    bind_class(statement, filter->class);
    sqlite3_bind_int64(statement, 2, filter->limit > 0 ? (gint64)filter->limit : -1);
    while ((is_read = next_row(ledger, statement, &failure, error)) && failure != NULL) {
        func(failure, data);
        ledger_failure_free(failure);
    }
    sqlite3_finalize(statement);
    return is_read;
}

gboolean ledger_each_group(Ledger *ledger, const char *class, LedgerGroupFunc func, void *data,
                           GError **error)
{
    sqlite3_stmt *statement =
        database_prepare(ledger->db,
                         "SELECT class, reason, count(*), count(DISTINCT key) FROM failure"
                         " WHERE ?1 IS NULL OR class = ?1 GROUP BY class, reason"
                         " ORDER BY count(*) DESC, class, reason",
                         error);
    int code;

    if (statement == NULL)
        return FALSE;
    bind_class(statement, class);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        g_autofree char *row_class = column_text(statement, 0), *reason = column_text(statement, 1);
        const LedgerGroup group = {row_class, reason, (guint64)sqlite3_column_int64(statement, 2),
                                   (guint64)sqlite3_column_int64(statement, 3)};

        func(&group, data);
    }
    if (code != SQLITE_DONE)
        database_fail(ledger->db, error);
    sqlite3_finalize(statement);
    return code == SQLITE_DONE;
}

/* Writing */

static gboolean write_failure(Ledger *ledger, const LedgerFailure *failure, GError **error)
{
    sqlite3_stmt *statement = ledger->prepared[STATEMENT_FAILED];

    ledger->n_written++;
    bind_bytes(statement, 1, failure->key);
    bind_text(statement, 2, failure->output);
    bind_text(statement, 3, failure->etag);
    bind_text(statement, 4, failure->recipe);
    bind_text(statement, 5, failure->engine);
    sqlite3_bind_int(statement, 6, failure->is_final);
    bind_text(statement, 7, failure->class);
    bind_text(statement, 8, failure->reason);
    sqlite3_bind_int64(statement, 9, failure->last_s);
    return database_step(ledger->db, statement, error);
}

static gboolean write_change(Ledger *ledger, const LedgerChange *change, GError **error)
{
    const LedgerFailure *failure = change->failure;
    sqlite3_stmt *statement;

    switch (change->event) {
    case LEDGER_FAILED: return write_failure(ledger, failure, error);
    case LEDGER_REFUSED:
        statement = ledger->prepared[STATEMENT_FORGET_OBJECT];
        bind_bytes(statement, 1, failure->key);
        return database_step(ledger->db, statement, error) && write_failure(ledger, failure, error);
    case LEDGER_MADE:
        statement = ledger->prepared[STATEMENT_MADE];
        bind_bytes(statement, 1, failure->key);
        bind_text(statement, 2, failure->output);
        return database_step(ledger->db, statement, error);
    case LEDGER_SEEN:
        statement = ledger->prepared[STATEMENT_SEEN];
        bind_bytes(statement, 1, failure->key);
        sqlite3_bind_int64(statement, 2, failure->seen_s);
        return database_step(ledger->db, statement, error);
    }
    g_assert_not_reached();
}

gboolean ledger_write(Ledger *ledger, const GPtrArray *changes, GError **error)
{
    gboolean written;

    if (!database_run(ledger->db, "BEGIN IMMEDIATE", error))
        return FALSE;
    ledger->is_empty = FALSE;
    written = TRUE;
    for (guint i = 0; i < changes->len && written; i++)
        written = write_change(ledger, changes->pdata[i], error);
    if (written && database_run(ledger->db, "COMMIT", error))
        return TRUE;
    (void)database_run(ledger->db, "ROLLBACK", NULL);
    return FALSE;
}

static gboolean count_failures(Ledger *ledger, guint64 *ret_count, GError **error)
{
    sqlite3_stmt *statement = database_prepare(ledger->db, "SELECT count(*) FROM failure", error);
    gboolean is_read;

    if (statement == NULL)
        return FALSE;
    is_read = sqlite3_step(statement) == SQLITE_ROW || database_fail(ledger->db, error);
    if (is_read)
        *ret_count = (guint64)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return is_read;
}

/* Sorting all rows is expensive, so it is done only if there are too many. */
static gboolean forget_surplus(Ledger *ledger, guint max, GError **error)
{
    g_autofree char *sql = g_strdup_printf("DELETE FROM failure WHERE (key, output) IN (SELECT key, output "
                                           "FROM failure ORDER BY last_s DESC, key, "
                                           "output LIMIT -1 OFFSET %u)",
                                           max);
    guint64 count;

    return count_failures(ledger, &count, error) && (count <= max || database_run(ledger->db, sql, error));
}

gboolean ledger_prune(Ledger *ledger, gint64 now_s, guint max, GError **error)
{
    g_autofree char *sql =
        g_strdup_printf("DELETE FROM failure WHERE seen_s < %" G_GINT64_FORMAT, now_s - LEDGER_FORGET_S);

    if (ledger->is_empty)
        return TRUE;
    if (!database_run(ledger->db, sql, error) || !forget_surplus(ledger, max, error))
        return FALSE;
    database_done(ledger->db, "prune", now_s);
    return TRUE;
}

gboolean ledger_prune_if_due(Ledger *ledger, gint64 now_s, GError **error)
{
    if (ledger->n_written < LEDGER_MAX_FAILURES / 10 && !database_is_due(ledger->db, "prune", now_s))
        return TRUE;
    return ledger_prune(ledger, now_s, LEDGER_MAX_FAILURES, error);
}

gboolean ledger_forget(Ledger *ledger, const char *key, guint64 *ret_count, GError **error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger->db, key != NULL ? "DELETE FROM failure WHERE key = ?1" : "DELETE FROM failure", error);
    gboolean done;

    if (statement == NULL)
        return FALSE;
    if (key != NULL)
        bind_bytes(statement, 1, key);
    done = database_step(ledger->db, statement, error);
    sqlite3_finalize(statement);
    if (done)
        *ret_count = (guint64)sqlite3_changes64(ledger->db);
    return done;
}
