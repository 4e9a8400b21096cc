/* Whether a bucket's server means it: "put this only if there is nothing" (If-None-Match: *). Some ignore
 * that and overwrite, so it is tried with an object of our own, before anything is trusted to it. Used by the
 * supervisor. (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".) */
#pragma once

#include <glib.h>

#include "store/store.h"

/* Below the store's url: put, put again on the condition that there is none, and removed. */
#define PRECONDITION_KEY "thumbmill-precondition"

typedef struct Precondition Precondition;

/* Called once, from the main loop. problem NULL: it is obeyed. Else what the server did instead, in words.
 * error is set, and problem is not, if that could not be found out now, for a reason that may pass. Both are
 * valid during the call. */
typedef void (*PreconditionFunc)(const char *problem, const GError *error, void *data);

/* Not of a directory. */
Precondition *precondition_try(Store *store, PreconditionFunc func, void *data);

/* No call follows. May be called from the call, and after it. NULL is allowed. */
void precondition_free(Precondition *precondition);
