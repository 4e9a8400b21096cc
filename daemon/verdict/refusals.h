/* Detects that a store refuses everything: a missing permission, a bucket that is gone, a read-only disk.
 * Then a pass can make nothing, and it ends. Counts permanent refusals in a row, separately for reading and
 * writing, and asks the store about another object before it gives a verdict (daemon/verdict/appeal.h). Used
 * by the supervisor's dispatcher; single-threaded.
 * docs/adr/0055-before-a-run-gives-up-it-asks-about-another-object.md */
#pragma once

#include "store/store.h"

/* Refusals in a row before the store is asked. */
#define REFUSALS_MANY 100u

/* A bucket cannot be asked whether it would accept an output. If it has accepted some in this run, we only
 * believe that it refuses all after as many refusals in a row as it has accepted outputs, but at most this
 * many. */
#define REFUSALS_MOST 10000u

typedef struct Refusals Refusals;

typedef struct {
    Store *source; /* borrowed, as is destination */
    Store *destination;
    void (*on_answer)(void *data); /* the store was asked; refusals_verdict() has the outcome */
    void *data;
} RefusalsOptions;

Refusals *refusals_new(const RefusalsOptions *options, GMainContext *context);

/* Call these when the source object with this key could be read, and when an output was uploaded or existed
 * already. */
void refusals_read(Refusals *refusals, const char *key);
void refusals_written(Refusals *refusals);

/* Call this for each failure of the object with this key. Only ERROR_PERMANENT counts. */
void refusals_add(Refusals *refusals, gboolean is_write, const char *key, const GError *error);

/* Whether a store is being asked: do not begin anything meanwhile. */
gboolean refusals_is_asking(const Refusals *refusals);

/* Why the store refuses every read or write, or NULL. */
const GError *refusals_verdict(const Refusals *refusals);

/* NULL is allowed. */
void refusals_free(Refusals *refusals);
