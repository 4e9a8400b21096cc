/* A call: one task as the function that does it sees it, whoever runs that function: this thread at once
 * (inline_executor.h), a thread (thread_executor.h).
 *
 * A target is a function with a name and the type of its arguments. It ends each call exactly once, with
 * call_return() or call_fail(), before it returns or later, from any thread. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

typedef struct Call Call;

/* args has the target's type; it and fds (may be NULL) are lent until func returns. What func steals from fds
 * is its own. data is what the table of targets was handed over with. */
typedef void (*CallFunc)(Call *call, GVariant *args, FdList *fds, void *data);

typedef struct {
    const char *name;
    const char *args_type; /* of the arguments, a GVariant type string */
    CallFunc func;
} CallTarget;

/* The functions that an executor of this process knows. The executor copies the struct, not the array. */
typedef struct {
    const CallTarget *targets;
    guint n_targets;
    void *data;
} CallTable;

/* Ends a call with a result: floating is sunk; fds (may be NULL) are taken. The call is gone. Callbacks of
 * its future run before this returns, in this thread. */
void call_return(Call *call, GVariant *result, FdList *fds);

/* Ends a call with a failure, which is taken. The call is gone. As above for callbacks. */
void call_fail(Call *call, GError *error);

/* For those who run calls. Their struct begins with a Call. */
typedef struct {
    void (*return_result)(Call *call, GVariant *result, FdList *fds);
    void (*fail)(Call *call, GError *error);
} CallOps;

struct Call {
    const CallOps *ops;
};

/* The table's own string for the name of a target, which lives as long as the table; NULL if it has none. */
const char *call_table_intern(const CallTable *table, const char *name);

/* Runs the target of this name, in this thread. An unknown name, or arguments of another type, fail the call
 * with class ERROR_INTERNAL. args and fds stay the caller's. */
void call_run(Call *call, const CallTable *table, const char *name, GVariant *args, FdList *fds);
