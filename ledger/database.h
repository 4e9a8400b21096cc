/* A SQLite database file: opened, checked, migrated to the schema of this program, and quarantined when it is
 * damaged. Private to ledger/, the only user of SQLite.
 *
 * Classes of errors: ERROR_INPUT: damaged, or not a database; ERROR_TRANSIENT: another process kept it locked
 * for DATABASE_PATIENCE_MS; ERROR_PERMANENT: everything else (no such file, no permission, a full disk, made
 * by a newer thumbmill). Several processes may have it open; each connection belongs to one thread. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

/* Writers hold the lock for milliseconds only. */
#define DATABASE_PATIENCE_MS 2000

typedef enum {
    DATABASE_EXISTING, /* fails if the file is missing or of another version */
    DATABASE_MAKE,  /* creates a missing file, and migrates to the newest version; checks the whole file once
                     * a day */
    DATABASE_CHECK, /* as DATABASE_MAKE, but checks the whole file now */
} DatabaseUse;

sqlite3 *database_open(const char *path, DatabaseUse use, GError **error);

/* Maintenance that reads the whole file is done once a day. database_is_due() says whether `what` is due at
 * now_s (also after the clock was set back), database_done() records that it was done. If the record cannot
 * be read or written, the maintenance stays due. */
gboolean database_is_due(sqlite3 *db, const char *what, gint64 now_s);
void database_done(sqlite3 *db, const char *what, gint64 now_s);

/* db may be NULL. */
void database_close(sqlite3 *db);

/* Sets the error of the last failure. Always returns FALSE. */
gboolean database_fail(sqlite3 *db, GError **error);

/* Runs statements without parameters or rows. */
gboolean database_run(sqlite3 *db, const char *sql, GError **error);

/* Prepares a statement, which must be finalised before the database is closed; NULL on failure. */
sqlite3_stmt *database_prepare(sqlite3 *db, const char *sql, GError **error);

/* Runs a prepared statement to its end and resets it, also on failure. Rows are dropped. */
gboolean database_step(sqlite3 *db, sqlite3_stmt *statement, GError **error);

/* Quarantines a database: renames the file and its journal. An older file of the new name is replaced, so
 * that they do not pile up. Returns the new name, owned by the caller, or NULL. No process may have the
 * database open for writing. */
char *database_set_aside(const char *path, GError **error);
