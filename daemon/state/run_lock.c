#include "daemon/state/run_lock.h"

#include <unistd.h>

#include "base/log.h"
#include "daemon/state/state_files.h"

/* Not $TMPDIR: all runs must look at the same place. */
#define FALLBACK_DIRECTORY "/tmp"

static void log_holder(const char *path, const LockHolder *holder)
{
    g_autofree char *pid = holder->pid != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, holder->pid) : NULL;

    log_event(LOG_ERROR, "another run over these stores is at work", "pid", pid, "host", holder->host,
              "since", holder->since, "lock", path, NULL);
}

static LockResult take(const char *path, LockFile **ret_lock, GError **error)
{
    g_auto(LockHolder) holder = {0};
    LockResult result = lock_file_take(path, ret_lock, &holder, error);

    if (result == LOCK_HELD)
        log_holder(path, &holder);
    return result;
}

/* NULL if nothing is kept. Owned by the caller, as is the next one. */
static char *path_in_state(const Config *config)
{
    g_autofree char *directory = state_directory(config, g_getenv(STATE_VARIABLE));

    return directory != NULL ? state_file(directory, config, ".lock") : NULL;
}

static char *path_in_fallback(const Config *config)
{
    g_autofree char *suffix = g_strdup_printf("-%u.lock", (guint)geteuid());

    return state_file(FALLBACK_DIRECTORY, config, suffix);
}

static LockResult take_in_state(const Config *config, LockFile **ret_lock)
{
    g_autofree char *directory = state_directory(config, g_getenv(STATE_VARIABLE));
    g_autofree char *path = path_in_state(config);
    g_autoptr(GError) error = NULL;
    LockResult result;

    if (directory == NULL)
        return LOCK_FAILED;
    state_directory_make(directory);
    result = take(path, ret_lock, &error);
    if (result == LOCK_FAILED)
        log_event(LOG_WARNING, "the state directory holds no lock; " FALLBACK_DIRECTORY " does", "reason",
                  error->message, NULL);
    return result;
}

static LockResult take_in_fallback(const Config *config, LockFile **ret_lock)
{
    g_autofree char *path = path_in_fallback(config);
    g_autoptr(GError) error = NULL;
    LockResult result = take(path, ret_lock, &error);

    if (result == LOCK_FAILED)
        log_event(LOG_WARNING, "nothing keeps another run from starting meanwhile", "reason", error->message,
                  NULL);
    return result;
}

gboolean run_lock_take(const Config *config, LockFile **ret_lock)
{
    LockResult result;

    *ret_lock = NULL;
    result = take_in_state(config, ret_lock);
    if (result == LOCK_FAILED)
        result = take_in_fallback(config, ret_lock);
    return result != LOCK_HELD;
}

gboolean run_lock_seems_held(const Config *config)
{
    g_autofree char *in_state = path_in_state(config);
    g_autofree char *in_fallback = path_in_fallback(config);

    return (in_state != NULL && lock_file_seems_held(in_state)) || lock_file_seems_held(in_fallback);
}
