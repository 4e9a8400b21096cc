/* Asks a store whether it answers at all, when objects fail and it is unclear whether they or the store are
 * to blame. Used by daemon/verdict/store_watch.c in the supervisor. */
#pragma once

#include "store/store.h"

typedef struct Witness Witness;

/* Called once, from the main loop; never after witness_free(). A refusal counts as an answer. */
typedef void (*WitnessFunc)(gboolean answers, void *data);

/* Sends one request without retries. Bucket: for a byte of the object with this key, which could be read a
 * while ago; with a NULL key, lists one object. Directory: opens the file, or the directory. key is
 * copied. */
Witness *witness_ask(Store *store, const char *key, GMainContext *context, WitnessFunc func, void *data);

/* NULL is allowed. */
void witness_free(Witness *witness);
