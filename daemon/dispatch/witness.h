/* Asks a store whether it answers at all, when objects fail and it is not clear whether they or the store are
 * to blame. Used by daemon/dispatch/store_watch.c in the supervisor. */
#pragma once

#include "store/store.h"

typedef struct Witness Witness;

/* Called once, from the main loop, not at all after witness_free(). A refusal is an answer too. */
typedef void (*WitnessFunc)(gboolean answers, void *data);

/* One request without retries: for a byte of the object with this key, which could be read a while ago; NULL:
 * a listing of one object. Of a directory: opens the file, or the directory. key is copied. */
Witness *witness_ask(Store *store, const char *key, GMainContext *context, WitnessFunc func, void *data);

/* NULL is allowed. */
void witness_free(Witness *witness);
