#include "ledger/orphans.h"

#include <string.h>

#include "ledger/database.h"
#include "ledger/ledger_database.h"

/* Rows that are written in one transaction: another process that wants to write waits that long. */
#define BATCH 1000u

typedef enum {
    STATEMENT_NOTE,
    STATEMENT_SETTLE,
    STATEMENT_PAGE,
    STATEMENT_FORGET,
    STATEMENT_COUNT,
} Statement;

static const char *const statements[] = {
    [STATEMENT_NOTE] = "INSERT INTO orphan (key, first_s, run) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT DO UPDATE SET run = excluded.run",
    [STATEMENT_SETTLE] = "DELETE FROM orphan WHERE run <> ?1",
    [STATEMENT_PAGE] = "SELECT key, first_s FROM orphan WHERE run = ?1 AND key > ?2"
                       " ORDER BY key LIMIT ?3",
    [STATEMENT_FORGET] = "DELETE FROM orphan WHERE key = ?1",
};

struct Orphans {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENT_COUNT];
    gint64 run;         /* differs from the runs before that have left rows */
    guint64 n_seen;     /* by this run */
    GPtrArray *pending; /* of Orphan: noted, and not written yet */
};

void orphan_free(Orphan *orphan)
{
    if (orphan == NULL)
        return;
    g_free(orphan->key);
    g_free(orphan);
}

static void bind_key(sqlite3_stmt *statement, int number, const char *key)
{
    sqlite3_bind_blob64(statement, number, key, strlen(key), SQLITE_TRANSIENT);
}

static gboolean prepare_all(Orphans *orphans, GError **error)
{
    sqlite3_stmt *last;

    for (guint i = 0; i < STATEMENT_COUNT; i++) {
        orphans->prepared[i] = database_prepare(orphans->db, statements[i], error);
        if (orphans->prepared[i] == NULL)
            return FALSE;
    }
    last = database_prepare(orphans->db, "SELECT coalesce(max(run), 0) FROM orphan", error);
    if (last == NULL)
        return FALSE;
    if (sqlite3_step(last) == SQLITE_ROW)
        orphans->run = sqlite3_column_int64(last, 0) + 1;
    sqlite3_finalize(last);
    return orphans->run > 0 || database_fail(orphans->db, error);
}

static gboolean write_pending(Orphans *orphans, GError **error)
{
    sqlite3_stmt *statement = orphans->prepared[STATEMENT_NOTE];

    for (guint i = 0; i < orphans->pending->len; i++) {
        const Orphan *orphan = orphans->pending->pdata[i];

        bind_key(statement, 1, orphan->key);
        sqlite3_bind_int64(statement, 2, orphan->first_s);
        sqlite3_bind_int64(statement, 3, orphans->run);
        if (!database_step(orphans->db, statement, error))
            return FALSE;
    }
    return TRUE;
}

/* No transaction stays open: the same connection, and other processes, write meanwhile. */
static gboolean flush(Orphans *orphans, GError **error)
{
    gboolean done;

    if (!database_run(orphans->db, "BEGIN IMMEDIATE", error))
        return FALSE;
    done = write_pending(orphans, error) && database_run(orphans->db, "COMMIT", error);
    if (!done)
        (void)database_run(orphans->db, "ROLLBACK", NULL);
    g_ptr_array_set_size(orphans->pending, 0);
    return done;
}

Orphans *orphans_begin(Ledger *ledger, GError **error)
{
    g_autoptr(Orphans) orphans = g_new0(Orphans, 1);

    orphans->db = ledger_database(ledger);
    orphans->pending = g_ptr_array_new_with_free_func((GDestroyNotify)orphan_free);
    return prepare_all(orphans, error) ? g_steal_pointer(&orphans) : NULL;
}

gboolean orphans_note(Orphans *orphans, const char *key, gint64 now_s, guint max, GError **error)
{
    Orphan *orphan;

    if (++orphans->n_seen > max)
        return TRUE;
    orphan = g_new0(Orphan, 1);
    *orphan = (Orphan){.key = g_strdup(key), .first_s = now_s};
    g_ptr_array_add(orphans->pending, orphan);
    return orphans->pending->len < BATCH || flush(orphans, error);
}

guint64 orphans_count(const Orphans *orphans)
{
    return orphans->n_seen;
}

gboolean orphans_settle(Orphans *orphans, GError **error)
{
    sqlite3_bind_int64(orphans->prepared[STATEMENT_SETTLE], 1, orphans->run);
    return flush(orphans, error) && database_step(orphans->db, orphans->prepared[STATEMENT_SETTLE], error);
}

gboolean orphans_write(Orphans *orphans, GError **error)
{
    return flush(orphans, error);
}

static Orphan *read_row(sqlite3_stmt *row)
{
    Orphan *orphan = g_new0(Orphan, 1);

    orphan->key = g_strndup(sqlite3_column_blob(row, 0), (gsize)sqlite3_column_bytes(row, 0));
    orphan->first_s = sqlite3_column_int64(row, 1);
    return orphan;
}

GPtrArray *orphans_page(Orphans *orphans, const char *after, guint limit, GError **error)
{
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)orphan_free);
    sqlite3_stmt *statement = orphans->prepared[STATEMENT_PAGE];
    int code;

    sqlite3_bind_int64(statement, 1, orphans->run);
    bind_key(statement, 2, after);
    sqlite3_bind_int64(statement, 3, limit);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        g_ptr_array_add(page, read_row(statement));
    if (code != SQLITE_DONE)
        database_fail(orphans->db, error);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? g_steal_pointer(&page) : NULL;
}

gboolean orphans_forget(Orphans *orphans, const char *key, GError **error)
{
    bind_key(orphans->prepared[STATEMENT_FORGET], 1, key);
    return database_step(orphans->db, orphans->prepared[STATEMENT_FORGET], error);
}

void orphans_end(Orphans *orphans)
{
    if (orphans == NULL)
        return;
    (void)flush(orphans, NULL);
    g_ptr_array_unref(orphans->pending);
    for (guint i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(orphans->prepared[i]);
    g_free(orphans);
}
