/* Whether a store refuses everything: a missing right, a bucket that is gone, a disk that is read-only. Then
 * nothing of a pass can be made, and it ends. Counts what is refused for good in a row, reading and writing
 * apart, and asks the store about something else before it says so (daemon/dispatch/appeal.h). Used by the
 * supervisor's dispatcher; single-threaded.
 * docs/adr/0055-before-a-run-gives-up-it-asks-about-another-object.md */
#pragma once

#include "store/store.h"

/* In a row, until the store is asked. */
#define REFUSALS_MANY 100u

/* A bucket cannot be asked whether it would take an output. One that has taken some in this run is only
 * believed to refuse all when it has refused as many in a row, at most so many. */
#define REFUSALS_MOST 10000u

typedef struct Refusals Refusals;

typedef struct {
    Store *source; /* borrowed, as is the next */
    Store *destination;
    void (*on_answer)(void *data); /* the store was asked; refusals_verdict() is what it said */
    void *data;
} RefusalsOptions;

Refusals *refusals_new(const RefusalsOptions *options, GMainContext *context);

/* The source's object with this key could be read; an output was put, or was there. */
void refusals_read(Refusals *refusals, const char *key);
void refusals_written(Refusals *refusals);

/* Something failed about the object with this key. Only ERROR_PERMANENT counts. */
void refusals_add(Refusals *refusals, gboolean is_write, const char *key, const GError *error);

/* Whether a store is asked just now: nothing more should be begun. */
gboolean refusals_is_asking(const Refusals *refusals);

/* Why nothing can be read or written any more, or NULL. */
const GError *refusals_verdict(const Refusals *refusals);

/* NULL is allowed. */
void refusals_free(Refusals *refusals);
