#include "daemon/state/run_lock.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/state/state_files.h"

struct RunLock {
    GPtrArray *files; /* of LockFile */
};

static void log_holder(const char *path, const LockHolder *holder)
{
    g_autofree char *pid = holder->pid != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, holder->pid) : NULL;

    log_event(LOG_ERROR, "another run over these stores is active", "pid", pid, "host", holder->host, "since",
              holder->since, "lock", path, NULL);
}

gboolean run_lock_parse(const char *text, RunLockDemand *ret_demand)
{
    *ret_demand = g_strcmp0(text, "required") == 0 ? RUN_LOCK_REQUIRED : RUN_LOCK_WANTED;
    if (text == NULL || strcmp(text, "wanted") == 0 || *ret_demand == RUN_LOCK_REQUIRED)
        return TRUE;
    g_printerr("thumbmill: --lock must be wanted or required, not '%s'\n", text);
    return FALSE;
}

static LockResult take(const char *path, RunLock *lock, GError **error)
{
    g_auto(LockHolder) holder = {0};
    LockFile *file = NULL;
    LockResult result = lock_file_take(path, &file, &holder, error);

    if (result == LOCK_HELD)
        log_holder(path, &holder);
    if (result == LOCK_TAKEN)
        g_ptr_array_add(lock->files, file);
    return result;
}

static RunLock *run_lock_new(void)
{
    RunLock *lock = g_new0(RunLock, 1);

    lock->files = g_ptr_array_new_with_free_func((GDestroyNotify)lock_file_release);
    return lock;
}

void run_lock_release(RunLock *lock)
{
    if (lock == NULL)
        return;
    g_ptr_array_unref(lock->files);
    g_free(lock);
}

/* The lock's path in the state directory, or NULL without one. Owned by the caller, as is that of
 * path_in_folder(). */
static char *path_in_state(const Config *config)
{
    g_autofree char *directory = state_directory(config, g_getenv(STATE_VARIABLE));

    return directory != NULL ? state_file(directory, config, ".lock") : NULL;
}

static char *path_in_folder(const Config *config, const char *folder)
{
    g_autofree char *suffix = g_strdup_printf("-%u.lock", (guint)geteuid());

    return state_file(folder, config, suffix);
}

static gboolean is_folder(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* Whether path is a directory that only we can write to. */
static gboolean is_own(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0;
}

/* Folders for locks. Not $TMPDIR or $XDG_RUNTIME_DIR: all runs must look at the same places. Earlier versions
 * have their lock in /tmp. */
static GStrv list_folders(void)
{
    g_autofree char *session = g_strdup_printf("/run/user/%u", (guint)geteuid());
    g_autoptr(GStrvBuilder) folders = g_strv_builder_new();

    if (is_own(session))
        g_strv_builder_add(folders, session);
    if (geteuid() == 0 && is_own("/run"))
        g_strv_builder_add(folders, "/run");
    if (is_folder("/run/lock"))
        g_strv_builder_add(folders, "/run/lock");
    g_strv_builder_add(folders, "/tmp");
    return g_strv_builder_end(folders);
}

static void log_failure(RunLockDemand demand, const char *reason)
{
    if (demand == RUN_LOCK_REQUIRED)
        log_event(LOG_ERROR, "no run lock is possible, but --lock required is set", "reason", reason, NULL);
    else
        log_event(LOG_WARNING, "cannot lock: another run may start at the same time", "reason", reason, NULL);
}

LockResult run_lock_take_in(const char *const *folders, const Config *config, RunLockDemand demand,
                            RunLock **ret_lock)
{
    g_autoptr(RunLock) lock = run_lock_new();
    g_autoptr(GError) first = NULL;

    *ret_lock = NULL;
    for (guint i = 0; folders[i] != NULL; i++) {
        g_autofree char *path = path_in_folder(config, folders[i]);
        g_autoptr(GError) error = NULL;

        if (take(path, lock, &error) == LOCK_HELD)
            return LOCK_HELD;
        if (error != NULL && first == NULL)
            first = g_steal_pointer(&error);
    }
    if (lock->files->len > 0)
        *ret_lock = g_steal_pointer(&lock);
    else
        log_failure(demand, first != NULL ? first->message : "no directory for the lock");
    return *ret_lock == NULL && demand == RUN_LOCK_REQUIRED ? LOCK_FAILED : LOCK_TAKEN;
}

static LockResult take_in_state(const Config *config, RunLock **ret_lock)
{
    g_autofree char *directory = state_directory(config, g_getenv(STATE_VARIABLE));
    g_autofree char *path = path_in_state(config);
    g_autoptr(RunLock) lock = run_lock_new();
    g_autoptr(GError) error = NULL;
    LockResult result;

    if (directory == NULL)
        return LOCK_FAILED;
    state_directory_make(directory);
    result = take(path, lock, &error);
    if (result == LOCK_FAILED)
        log_event(LOG_WARNING, "cannot lock in the state directory: using /run and /tmp", "reason",
                  error->message, NULL);
    if (result == LOCK_TAKEN)
        *ret_lock = g_steal_pointer(&lock);
    return result;
}

LockResult run_lock_take(const Config *config, RunLockDemand demand, RunLock **ret_lock)
{
    g_auto(GStrv) folders = list_folders();
    LockResult result;

    *ret_lock = NULL;
    result = take_in_state(config, ret_lock);
    return result == LOCK_FAILED ? run_lock_take_in((const char *const *)folders, config, demand, ret_lock)
                                 : result;
}

gboolean run_lock_seems_held(const Config *config)
{
    g_auto(GStrv) folders = list_folders();
    g_autofree char *in_state = path_in_state(config);

    if (in_state != NULL && lock_file_seems_held(in_state))
        return TRUE;
    for (guint i = 0; folders[i] != NULL; i++) {
        g_autofree char *path = path_in_folder(config, folders[i]);

        if (lock_file_seems_held(path))
            return TRUE;
    }
    return FALSE;
}
