#include "ledger/history.h"

#include "ledger/database.h"
#include "ledger/ledger_database.h"

/* In the order of bind_counts() and read_run(). */
#define COUNTS "listed, done, skipped, failed, remembered, postponed, made, bytes_in, bytes_out"

static void bind_text(sqlite3_stmt *statement, int number, const char *text)
{
    sqlite3_bind_text(statement, number, text, -1, SQLITE_STATIC);
}

/* Runs a statement to its end and finalises it. */
static gboolean run_once(sqlite3 *db, sqlite3_stmt *statement, GError **error)
{
    gboolean done = database_step(db, statement, error);

    sqlite3_finalize(statement);
    return done;
}

static gboolean prune(sqlite3 *db, GError **error)
{
    g_autofree char *sql =
        g_strdup_printf("DELETE FROM run WHERE id <= (SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET %u)",
                        HISTORY_MAX_RUNS);

    return database_run(db, sql, error);
}

gboolean history_begin(Ledger *ledger, const char *config, gint64 now_s, gint64 *ret_id, GError **error)
{
    sqlite3 *db = ledger_database(ledger);
    sqlite3_stmt *statement =
        database_prepare(db, "INSERT INTO run (started_s, config, version) VALUES (?1, ?2, ?3)", error);

    if (statement == NULL)
        return FALSE;
    sqlite3_bind_int64(statement, 1, now_s);
    bind_text(statement, 2, config);
    bind_text(statement, 3, THUMBMILL_VERSION);
    if (!run_once(db, statement, error))
        return FALSE;
    *ret_id = sqlite3_last_insert_rowid(db);
    return prune(db, error);
}

gboolean history_bury(Ledger *ledger, GError **error)
{
    g_autofree char *sql = g_strdup_printf("UPDATE run SET exit = %d WHERE exit IS NULL", HISTORY_KILLED);

    return database_run(ledger_database(ledger), sql, error);
}

static void bind_counts(sqlite3_stmt *statement, int first, const HistoryRun *run)
{
    const guint64 counts[] = {run->listed,    run->done, run->skipped,  run->failed,   run->remembered,
                              run->postponed, run->made, run->bytes_in, run->bytes_out};

    for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
        sqlite3_bind_int64(statement, first + (int)i, (gint64)counts[i]);
}

gboolean history_end(Ledger *ledger, const HistoryRun *run, GError **error)
{
    sqlite3 *db = ledger_database(ledger);
    sqlite3_stmt *statement = database_prepare(db,
                                               "UPDATE run SET seconds = ?2, exit = ?3, error = ?4, (" COUNTS
                                               ") = (?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13),"
                                               " scope = ?14 WHERE id = ?1",
                                               error);

    if (statement == NULL)
        return FALSE;
    sqlite3_bind_int64(statement, 1, run->id);
    sqlite3_bind_double(statement, 2, run->seconds);
    sqlite3_bind_int(statement, 3, run->exit);
    bind_text(statement, 4, run->error);
    bind_counts(statement, 5, run);
    bind_text(statement, 14, run->scope);
    return run_once(db, statement, error);
}

/* NULL only in a file that is damaged. */
static const char *text_at(sqlite3_stmt *row, int number)
{
    const char *text = (const char *)sqlite3_column_text(row, number);

    return text != NULL ? text : "";
}

static guint64 count_at(sqlite3_stmt *row, int number)
{
    return (guint64)MAX(sqlite3_column_int64(row, number), 0);
}

static void read_run(sqlite3_stmt *row, HistoryRun *ret_run)
{
    *ret_run = (HistoryRun){
        .id = sqlite3_column_int64(row, 0),
        .started_s = sqlite3_column_int64(row, 1),
        .seconds = sqlite3_column_double(row, 2),
        .exit = sqlite3_column_type(row, 3) == SQLITE_NULL ? HISTORY_NO_EXIT : sqlite3_column_int(row, 3),
        .config = text_at(row, 4),
        .version = text_at(row, 5),
        .error = (const char *)sqlite3_column_text(row, 6),
        .listed = count_at(row, 7),
        .done = count_at(row, 8),
        .skipped = count_at(row, 9),
        .failed = count_at(row, 10),
        .remembered = count_at(row, 11),
        .postponed = count_at(row, 12),
        .made = count_at(row, 13),
        .bytes_in = count_at(row, 14),
        .bytes_out = count_at(row, 15),
        .scope = (const char *)sqlite3_column_text(row, 16),
    };
}

gboolean history_each(Ledger *ledger, guint max, HistoryFunc func, void *data, GError **error)
{
    sqlite3 *db = ledger_database(ledger);
    sqlite3_stmt *statement =
        database_prepare(db,
                         "SELECT id, started_s, seconds, exit, config, version, error, " COUNTS
                         ", scope FROM run ORDER BY id DESC LIMIT ?1",
                         error);
    gboolean done;
    int code;

    if (statement == NULL)
        return FALSE;
    sqlite3_bind_int64(statement, 1, max);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        HistoryRun run;

        read_run(statement, &run);
        func(&run, data);
    }
    done = code == SQLITE_DONE || database_fail(db, error);
    sqlite3_finalize(statement);
    return done;
}

gboolean history_last_listed(Ledger *ledger, guint64 *ret_listed)
{
    sqlite3_stmt *statement =
        database_prepare(ledger_database(ledger),
                         "SELECT listed FROM run WHERE exit IN (0, 1) AND error IS NULL AND scope IS NULL"
                         " ORDER BY id DESC LIMIT 1",
                         NULL);
    gboolean is_found;

    if (statement == NULL)
        return FALSE;
    is_found = sqlite3_step(statement) == SQLITE_ROW;
    if (is_found)
        *ret_listed = count_at(statement, 0);
    sqlite3_finalize(statement);
    return is_found;
}
