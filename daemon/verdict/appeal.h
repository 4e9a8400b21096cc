/* When a store has permanently refused many objects in a row, asks it about another object: does it refuse
 * that one too? Anyone who can upload can have any number of their own objects refused (by encrypting them
 * with their own key, removing a permission, or deleting them again), and must not be able to end a run that
 * way. Used by daemon/verdict/refusals.c in the supervisor; single-threaded. */
#pragma once

#include "store/store.h"

/* How many other objects of a bucket are requested, one after the other, until one can be read. */
#define APPEAL_HOPS 8u

typedef struct Appeal Appeal;

typedef struct {
    Store *store;            /* borrowed */
    gboolean is_write;       /* whether writing was refused, else reading. Only for a directory: no request to
                              * a bucket would tell without writing */
    const char *refused_key; /* borrowed during the call, as is known_key */
    const char *known_key;   /* of an object that could be read in this run, or NULL */
    GMainContext *context;
    void (*func)(gboolean is_refused, void *data); /* called once, from the main loop; not after
                                                    * appeal_free() */
    void *data;
} AppealOptions;

/* Bucket: reads one byte of the known object. Without a known object, reads one byte of up to APPEAL_HOPS
 * others, which are found by leaps through the bucket's listing. Each leap skips all keys that share a prefix
 * with the refused key; the prefix gets shorter with each leap, so that the last leaps leave the refused
 * key's folders. A store that fails to answer has refused nothing. Directory: checks whether its root can be
 * read or written. */
Appeal *appeal_new(const AppealOptions *options);

/* NULL is allowed. */
void appeal_free(Appeal *appeal);

/* Where the leap number hop (from 0) begins: a key that sorts after all keys that share a prefix with key;
 * the prefix gets shorter with each hop. The last leap starts at the beginning of the listing: "". Owned by
 * the caller. */
char *appeal_leap(const char *key, guint hop);
