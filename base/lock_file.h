/* A lock on a file, held by one process for as long as it lives. The kernel releases it however the process
 * ends (flock(2)), so that it cannot become stale. The file is removed at the end; one that is left behind,
 * after kill -9, means nothing. The file's text is for people, and only valid while the lock is held. */
#pragma once

#include <glib.h>

/* The holder of a lock, as named in the file. */
typedef struct {
    gint64 pid; /* 0 if the file does not say */
    char *host;
    char *since; /* RFC 3339 */
} LockHolder;

void lock_holder_clear(LockHolder *holder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LockHolder, lock_holder_clear)

typedef struct LockFile LockFile;

typedef enum {
    LOCK_TAKEN,  /* *ret_lock holds it; owned by the caller */
    LOCK_HELD,   /* another process holds it: see *ret_holder, to be cleared */
    LOCK_FAILED, /* the file cannot be made, or is not this user's; class ERROR_PERMANENT */
} LockResult;

/* Never waits for the lock. Creates path if it is missing, but not its folder. */
LockResult lock_file_take(const char *path, LockFile **ret_lock, LockHolder *ret_holder, GError **error);

/* Whether the process named in the file exists. Takes no lock, which could keep another process from taking
 * it; so a holder on another machine or in another PID namespace counts as gone. */
gboolean lock_file_seems_held(const char *path);

/* Releases the lock and removes the file. lock may be NULL. */
void lock_file_release(LockFile *lock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LockFile, lock_file_release)
