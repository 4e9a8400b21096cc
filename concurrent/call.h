/* A call: one task as the function that does it sees it, whoever runs that function: this thread at once
 * (inline_executor.h), a thread (thread_executor.h), a child process (child.h).
 *
 * A target is a function with a name and the type of its arguments. It ends each call exactly once, with
 * call_return() or call_fail(), before it returns or later: from any thread, but in a child process from the
 * one that serves. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

typedef struct Call Call;

/* args has the target's type; it and fds (may be NULL) are lent until func returns. What func steals from fds
 * is its own. data is the table's. */
typedef void (*CallFunc)(Call *call, GVariant *args, FdList *fds, void *data);

typedef struct {
    const char *name;
    const char *args_type; /* of the arguments, a GVariant type string */
    CallFunc func;
} CallTarget;

/* The functions that an executor, or a child, knows by name. Whoever takes it copies the struct, not the
 * array. */
typedef struct {
    const CallTarget *targets;
    guint n_targets;
    void *data;
} CallTable;

/* Ends a call with a result: floating is sunk; fds (may be NULL) are taken. The call is gone. Where its
 * future lives in this process, callbacks run before this returns, in this thread. A result that cannot
 * travel to the caller (concurrent/value.h, or LIMIT_MESSAGE_BYTES) fails the call instead. */
void call_return(Call *call, GVariant *result, FdList *fds);

/* Ends a call with a failure, which is taken. The call is gone. As above for callbacks. */
void call_fail(Call *call, GError *error);

/* For a target that takes long and can stop half-way. TRUE once nobody wants its result any more: its future
 * was asked to cancel while it ran, or its executor is being freed. A call that then fails with
 * ERROR_CANCELLED has cancelled its future. */
gboolean call_is_cancelled(const Call *call);

/* When the executor's time limit for this call ends (clock_now_us()), about; CLOCK_FOREVER without one. */
gint64 call_deadline_us(const Call *call);

/* For those who run calls. Their struct begins with a Call. */
typedef struct {
    void (*return_result)(Call *call, GVariant *result, FdList *fds);
    void (*fail)(Call *call, GError *error);
    gboolean (*is_cancelled)(const Call *call);
    gint64 (*deadline_us)(const Call *call); /* NULL: there is none */
} CallOps;

struct Call {
    const CallOps *ops;
};

/* The table's own string for the name of a target, which lives as long as the table; NULL if it has none. */
const char *call_table_intern(const CallTable *table, const char *name);

/* The target of this name, if it takes arguments of this type; else NULL with class ERROR_INTERNAL. */
const CallTarget *call_table_find(const CallTable *table, const char *name, GVariant *args, GError **error);

/* Runs the target of this name, in this thread. An unknown name, or arguments of another type, fail the call
 * as above. args and fds stay the caller's. */
void call_run(Call *call, const CallTable *table, const char *name, GVariant *args, FdList *fds);
