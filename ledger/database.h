/* A SQLite database file: opened, checked, brought to the version of this program, and set aside when it is
 * damaged. Private to ledger/, which alone knows SQLite.
 *
 * Classes of errors: ERROR_INPUT: damaged, or no database; ERROR_TRANSIENT: another process kept it locked
 * for DATABASE_PATIENCE_MS; ERROR_PERMANENT: everything else (no such file, no right, a full disk, made by a
 * newer thumbmill). Several processes may have it open; each connection belongs to one thread. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

/* Whoever writes does so for milliseconds. */
#define DATABASE_PATIENCE_MS 2000

typedef enum {
    DATABASE_EXISTING, /* a missing one, or one of another version, is an error */
    DATABASE_MAKE,  /* made if it is missing, and brought to the newest version; checked as a whole once a day
                     */
    DATABASE_CHECK, /* the same, and checked now */
} DatabaseUse;

sqlite3 *database_open(const char *path, DatabaseUse use, GError **error);

/* Maintenance that reads the whole file is done once a day. database_is_due() says whether `what` is due at
 * now_s (also after the clock was set back), database_done() records that it was done. If the record cannot
 * be read or written, it is due again. */
gboolean database_is_due(sqlite3 *db, const char *what, gint64 now_s);
void database_done(sqlite3 *db, const char *what, gint64 now_s);

/* NULL is allowed. */
void database_close(sqlite3 *db);

/* What went wrong last. Always FALSE. */
gboolean database_fail(sqlite3 *db, GError **error);

/* Statements without parameters or rows. */
gboolean database_run(sqlite3 *db, const char *sql, GError **error);

/* Prepared, to be finalised before the database is closed; NULL on failure. */
sqlite3_stmt *database_prepare(sqlite3 *db, const char *sql, GError **error);

/* Runs a prepared statement to its end and makes it ready for the next time, whatever comes of it. Rows are
 * dropped. */
gboolean database_step(sqlite3 *db, sqlite3_stmt *statement, GError **error);

/* Renames the file and its journal; an older one of the new name is replaced, so that they do not pile up.
 * The new name, owned by the caller, or NULL. Nobody may have it open for writing. */
char *database_set_aside(const char *path, GError **error);
