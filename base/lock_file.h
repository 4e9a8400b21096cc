/* A lock on a file, held by one process for as long as it lives: the kernel lets go of it however that ends
 * (flock(2)), so that it cannot go stale. The file is removed in the end; one that stays behind, after kill
 * -9, means nothing. What it says is for people, and only while the lock is held. */
#pragma once

#include <glib.h>

/* Who holds a lock, as the file says. */
typedef struct {
    gint64 pid; /* 0: it does not say */
    char *host;
    char *since; /* RFC 3339 */
} LockHolder;

void lock_holder_clear(LockHolder *holder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LockHolder, lock_holder_clear)

typedef struct LockFile LockFile;

typedef enum {
    LOCK_TAKEN,  /* *ret_lock holds it; owned by the caller */
    LOCK_HELD,   /* by another process: *ret_holder, to be cleared */
    LOCK_FAILED, /* the file cannot be made, or is no file of this user; class ERROR_PERMANENT */
} LockResult;

/* Never waits for the lock. path is made if it is missing, its folder is not. */
LockResult lock_file_take(const char *path, LockFile **ret_lock, LockHolder *ret_holder, GError **error);

/* Whether the process that the file names is at work. Takes no lock, which could be in the way of somebody
 * who wants it; so a holder on another machine or behind another PID namespace counts as gone. */
gboolean lock_file_seems_held(const char *path);

/* Lets go, and removes the file. NULL is allowed. */
void lock_file_release(LockFile *lock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LockFile, lock_file_release)
