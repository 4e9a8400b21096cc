/* Asks a store about another object, when it has refused many in a row for good: whether it refuses that one
 * too. Who can upload can have any number of his own objects refused (he encrypts them with a key of his own,
 * takes a right away, removes them again), and must not end a run with that. Used by
 * daemon/dispatch/refusals.c in the supervisor; single-threaded. */
#pragma once

#include "store/store.h"

/* Other objects of a bucket that are asked for, one after the other, until one can be read. */
#define APPEAL_HOPS 8u

typedef struct Appeal Appeal;

typedef struct {
    Store *store;            /* borrowed */
    gboolean is_write;       /* else reading was refused. Only of a directory: a bucket has no question that
                              * would tell and write nothing */
    const char *refused_key; /* borrowed during the call, as is the next */
    const char *known_key;   /* of an object that could be read in this run; NULL: there was none */
    GMainContext *context;
    void (*func)(gboolean is_refused, void *data); /* once, from the main loop; not after appeal_free() */
    void *data;
} AppealOptions;

/* Reads one byte of the known object. If there is none, of up to APPEAL_HOPS others, which leaps through the
 * bucket's listing find: each passes by all keys that begin as the refused one, and each time less of its
 * beginning counts, so that the last ones leave its folders. A store that fails to answer has refused
 * nothing. Of a directory: whether its root can be read, or written. */
Appeal *appeal_new(const AppealOptions *options);

/* NULL is allowed. */
void appeal_free(Appeal *appeal);

/* Where the leap number hop (from 0) begins: a key that sorts behind all that begin with the first part of
 * key. For the last one, "": the beginning of the listing. Owned by the caller. */
char *appeal_leap(const char *key, guint hop);
