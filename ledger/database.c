#include "ledger/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"

/* "thml" in the file's header, to recognize databases of other programs. */
#define APPLICATION_ID 1953000812

/* Seconds between two checks. A check reads the whole file (238 MB for a million failures). Between checks
 * SQLite itself reports most kinds of damage when it reads the page. */
#define CARE_EVERY_S (G_GINT64_CONSTANT(24) * 3600)

/* Between two attempts at a statement that SQLite does not wait for. */
#define BUSY_INTERVAL_US 5000u

/* Element n migrates version n to n + 1. Never changed once released. */
static const char *const migrations[] = {
    "CREATE TABLE failure ("
    " key BLOB NOT NULL,"    /* bytes: a file name need not be UTF-8 */
    " output TEXT NOT NULL," /* '': the object was refused before its outputs were considered */
    " etag TEXT NOT NULL, recipe TEXT NOT NULL, engine TEXT NOT NULL,"
    " is_final INTEGER NOT NULL, class TEXT NOT NULL, reason TEXT NOT NULL,"
    " tries INTEGER NOT NULL, first_s INTEGER NOT NULL, last_s INTEGER NOT NULL, seen_s INTEGER NOT NULL,"
    " PRIMARY KEY (key, output)) STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = " G_STRINGIFY(APPLICATION_ID),
    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, started_s INTEGER NOT NULL, seconds REAL, exit INTEGER,"
    " config TEXT NOT NULL, version TEXT NOT NULL, error TEXT,"
    " listed INTEGER, done INTEGER, skipped INTEGER, failed INTEGER, remembered INTEGER, postponed INTEGER,"
    " made INTEGER, bytes_in INTEGER, bytes_out INTEGER) STRICT",
    "CREATE TABLE care (what TEXT PRIMARY KEY, done_s INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE orphan ("
    " key BLOB PRIMARY KEY," /* relative to the destination */
    " first_s INTEGER NOT NULL,"
    " run INTEGER NOT NULL" /* the last run that saw it, numbered by the table itself */
    ") STRICT, WITHOUT ROWID",
    "ALTER TABLE run ADD COLUMN scope TEXT",
};

static ErrorClass class_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERROR_INPUT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ERROR_TRANSIENT;
    default: return ERROR_PERMANENT;
    }
}

gboolean database_fail(sqlite3 *db, GError **error)
{
    const char *path = sqlite3_db_filename(db, "main");

    error_set(error, class_of(sqlite3_extended_errcode(db)), "%s: %s", path != NULL ? path : "ledger",
              sqlite3_errmsg(db));
    return FALSE;
}

gboolean database_run(sqlite3 *db, const char *sql, GError **error)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? TRUE : database_fail(db, error);
}

sqlite3_stmt *database_prepare(sqlite3 *db, const char *sql, GError **error)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        database_fail(db, error);
    return statement;
}

gboolean database_step(sqlite3 *db, sqlite3_stmt *statement, GError **error)
{
    gboolean done;
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        continue;
    done = code == SQLITE_DONE || database_fail(db, error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return done;
}

/* The only number or text of a pragma's first row, or "". Owned by the caller; NULL on failure. */
static char *ask(sqlite3 *db, const char *pragma, GError **error)
{
    sqlite3_stmt *statement = database_prepare(db, pragma, error);
    char *answer = NULL;
    int code;

    if (statement == NULL)
        return NULL;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        answer = g_strdup(sqlite3_column_type(statement, 0) != SQLITE_NULL
                              ? (const char *)sqlite3_column_text(statement, 0)
                              : "");
    else if (code == SQLITE_DONE)
        answer = g_strdup("");
    else
        database_fail(db, error);
    sqlite3_finalize(statement);
    return answer;
}

static gboolean read_number(sqlite3 *db, const char *pragma, gint64 *ret_number, GError **error)
{
    g_autofree char *answer = ask(db, pragma, error);

    if (answer == NULL)
        return FALSE;
    *ret_number = g_ascii_strtoll(answer, NULL, 10);
    return TRUE;
}

/* Called within a transaction, so that only one of two processes migrates and the other finds it done. */
static gboolean migrate(sqlite3 *db, gint64 version, GError **error)
{
    for (; version < (gint64)G_N_ELEMENTS(migrations); version++) {
        g_autofree char *number = g_strdup_printf("PRAGMA user_version = %" G_GINT64_FORMAT, version + 1);

        if (!database_run(db, migrations[version], error) || !database_run(db, number, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_version(sqlite3 *db, gint64 version, gboolean may_make, GError **error)
{
    const char *path = sqlite3_db_filename(db, "main");

    if (version == (gint64)G_N_ELEMENTS(migrations) ||
        (may_make && version >= 0 && version < (gint64)G_N_ELEMENTS(migrations)))
        return TRUE;
    error_set(error, ERROR_PERMANENT,
              version > 0 && version < (gint64)G_N_ELEMENTS(migrations)
                  ? "%s: written by an older version of thumbmill; the next run upgrades it"
                  : "%s: written by another version of thumbmill",
              path);
    return FALSE;
}

static gboolean renew(sqlite3 *db, GError **error)
{
    gint64 version, id;

    if (!read_number(db, "PRAGMA user_version", &version, error) ||
        !read_number(db, "PRAGMA application_id", &id, error) || !check_version(db, version, TRUE, error))
        return FALSE;
    if (id != (version > 0 ? APPLICATION_ID : 0)) {
        error_set(error, ERROR_INPUT, "%s: belongs to another program", sqlite3_db_filename(db, "main"));
        return FALSE;
    }
    return migrate(db, version, error);
}

/* Only checkpoints wait for the disk: failures lost in a crash of the machine are tried once more. */
static gboolean configure(sqlite3 *db, GError **error)
{
    sqlite3_busy_timeout(db, DATABASE_PATIENCE_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return database_run(db, "PRAGMA synchronous = NORMAL; PRAGMA cell_size_check = ON", error);
}

static gboolean check_whole(sqlite3 *db, GError **error)
{
    g_autofree char *answer = ask(db, "PRAGMA quick_check(1)", error);

    if (answer == NULL)
        return FALSE;
    if (g_str_equal(answer, "ok"))
        return TRUE;
    error_set(error, ERROR_INPUT, "%s: %s", sqlite3_db_filename(db, "main"), g_strdelimit(answer, "\n", ' '));
    return FALSE;
}

gboolean database_is_due(sqlite3 *db, const char *what, gint64 now_s)
{
    sqlite3_stmt *statement = database_prepare(db, "SELECT done_s FROM care WHERE what = ?1", NULL);
    gboolean is_due = TRUE;

    if (statement == NULL)
        return TRUE;
    sqlite3_bind_text(statement, 1, what, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const gint64 done_s = sqlite3_column_int64(statement, 0);

        is_due = now_s < done_s || now_s - done_s >= CARE_EVERY_S;
    }
    sqlite3_finalize(statement);
    return is_due;
}

void database_done(sqlite3 *db, const char *what, gint64 now_s)
{
    sqlite3_stmt *statement =
        database_prepare(db, "INSERT OR REPLACE INTO care (what, done_s) VALUES (?1, ?2)", NULL);

    if (statement == NULL)
        return;
    sqlite3_bind_text(statement, 1, what, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, now_s);
    (void)database_step(db, statement, NULL);
    sqlite3_finalize(statement);
}

static gboolean take_care(sqlite3 *db, DatabaseUse use, GError **error)
{
    const gint64 now_s = clock_wall_us() / CLOCK_US_PER_S;

    if (use != DATABASE_CHECK && !database_is_due(db, "check", now_s))
        return TRUE;
    if (!check_whole(db, error))
        return FALSE;
    database_done(db, "check", now_s);
    return TRUE;
}

/* As database_run(), but waits for other processes itself: SQLite fails at once, without asking its timeout,
 * where two processes that change the journal's mode could wait for each other. */
static gboolean run_patiently(sqlite3 *db, const char *sql, GError **error)
{
    const gint64 deadline_us = clock_now_us() + DATABASE_PATIENCE_MS * CLOCK_US_PER_MS;

    while (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        if ((sqlite3_errcode(db) & 0xff) != SQLITE_BUSY || clock_now_us() > deadline_us)
            return database_fail(db, error);
        g_usleep(BUSY_INTERVAL_US);
    }
    return TRUE;
}

static gboolean prepare_for_writing(sqlite3 *db, DatabaseUse use, GError **error)
{
    gboolean renewed;

    if (!run_patiently(db, "PRAGMA journal_mode = WAL", error) ||
        !run_patiently(db, "BEGIN IMMEDIATE", error))
        return FALSE;
    renewed = renew(db, error);
    if (!renewed || !database_run(db, "COMMIT", error)) {
        (void)database_run(db, "ROLLBACK", NULL);
        return FALSE;
    }
    return take_care(db, use, error);
}

static gboolean prepare_for_reading(sqlite3 *db, GError **error)
{
    gint64 version;

    return read_number(db, "PRAGMA user_version", &version, error) &&
           check_version(db, version, FALSE, error);
}

/* The names of objects are not secret, but not public either. SQLite gives its journals the permissions of
 * the file. Errors are ignored here, as SQLite reports them. */
static void make_file(const char *path)
{
    autofd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

    (void)fd;
}

sqlite3 *database_open(const char *path, DatabaseUse use, GError **error)
{
    const gboolean may_make = use != DATABASE_EXISTING;
    sqlite3 *db = NULL;
    gboolean is_open;

    if (may_make)
        make_file(path);
    is_open = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                              NULL) == SQLITE_OK;
    if (!is_open && db != NULL)
        error_set(error, class_of(sqlite3_extended_errcode(db)), "%s: %s", path, sqlite3_errmsg(db));
    else if (!is_open)
        error_set(error, ERROR_PERMANENT, "%s: out of memory", path);
    if (is_open && configure(db, error) &&
        (may_make ? prepare_for_writing(db, use, error) : prepare_for_reading(db, error)))
        return db;
    database_close(db);
    return NULL;
}

void database_close(sqlite3 *db)
{
    sqlite3_close(db);
}

char *database_set_aside(const char *path, GError **error)
{
    g_autofree char *aside = g_strconcat(path, ".damaged", NULL);
    static const char *const journals[] = {"-wal", "-shm"};

    for (guint i = 0; i < G_N_ELEMENTS(journals); i++) {
        g_autofree char *from = g_strconcat(path, journals[i], NULL);
        g_autofree char *to = g_strconcat(aside, journals[i], NULL);

        (void)unlink(to);
        (void)rename(from, to);
    }
    if (rename(path, aside) == 0)
        return g_steal_pointer(&aside);
    error_set_errno(error, ERROR_PERMANENT, errno, "%s", path);
    return NULL;
}
