/* Tests whether a bucket's server obeys If-None-Match: * (upload only if the object does not exist). Some
 * servers ignore it and overwrite, so it is tried with a test object before any output depends on it. Used by
 * the supervisor. (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".) */
#pragma once

#include <glib.h>

#include "store/store.h"

typedef struct Precondition Precondition;

/* Called once, from the main loop. problem is NULL if the precondition is obeyed, else a description of what
 * the server did instead. error is set, and problem is not, if the test failed for a reason that may pass.
 * Both are valid during the call. */
typedef void (*PreconditionFunc)(const char *problem, const GError *error, void *data);

/* Starts the test. Not for a directory. */
Precondition *precondition_try(Store *store, PreconditionFunc func, void *data);

/* Cancels the test: func is not called any more. May be called from within func, and after it. NULL is
 * allowed. */
void precondition_free(Precondition *precondition);
