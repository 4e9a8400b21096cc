/* A call: one task as seen by the function that performs it, whether that function runs in this thread at
 * once (inline_executor.h), in a thread (thread_executor.h) or in a child process (child.h).
 *
 * A target is a function with a name and the type of its arguments. It ends each call exactly once, with
 * call_return() or call_fail(), before it returns or later: from any thread, but in a child process only from
 * the thread that serves. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

typedef struct Call Call;

/* args has the target's type. args and fds (may be NULL) are borrowed until func returns; descriptors that
 * func steals from fds are its own. data is the table's. */
typedef void (*CallFunc)(Call *call, GVariant *args, FdList *fds, void *data);

typedef struct {
    const char *name;
    const char *args_type; /* a GVariant type string */
    CallFunc func;
} CallTarget;

/* The functions that an executor, or a child, knows by name. Users copy the struct, but not the array. */
typedef struct {
    const CallTarget *targets;
    guint n_targets;
    void *data;
} CallTable;

/* Ends a call with a result: floating is sunk. Takes ownership of fds (may be NULL). The call is freed. If
 * its future lives in this process, callbacks run before this returns, in this thread. A result that cannot
 * be sent to the caller (concurrent/value.h, or LIMIT_MESSAGE_BYTES) fails the call instead. */
void call_return(Call *call, GVariant *result, FdList *fds);

/* Ends a call with a failure; takes ownership of error. The call is freed. Callbacks run as with
 * call_return(). */
void call_fail(Call *call, GError *error);

/* For targets that take long and can stop half-way. TRUE when the result is no longer needed: cancellation of
 * the running future was requested, or its executor is being freed. A call that then fails with
 * ERROR_CANCELLED has cancelled its future. */
gboolean call_is_cancelled(const Call *call);

/* The approximate end of the executor's time limit for this call (clock_now_us()), or CLOCK_FOREVER. */
gint64 call_deadline_us(const Call *call);

/* For implementations that run calls. Their struct begins with a Call. */
typedef struct {
    void (*return_result)(Call *call, GVariant *result, FdList *fds);
    void (*fail)(Call *call, GError *error);
    gboolean (*is_cancelled)(const Call *call);
    gint64 (*deadline_us)(const Call *call); /* NULL if calls have no deadline */
} CallOps;

struct Call {
    const CallOps *ops;
};

/* Returns the table's own string for the name of a target, which lives as long as the table, or NULL if the
 * table has no such target. */
const char *call_table_intern(const CallTable *table, const char *name);

/* The target with this name, if it takes arguments of this type; else NULL with class ERROR_INTERNAL. */
const CallTarget *call_table_find(const CallTable *table, const char *name, GVariant *args, GError **error);

/* Runs the target with this name, in this thread. An unknown name, or arguments of another type, fail the
 * call with ERROR_INTERNAL. args and fds are borrowed. */
void call_run(Call *call, const CallTable *table, const char *name, GVariant *args, FdList *fds);
