/* A random sample of keys that are seen once, in any order: those whose keyed hashes are the smallest. Each
 * key has the same chance. Unlike a reservoir, it depends on the seed and the keys alone, not on the order in
 * which they come: a bucket that is listed in ranges gives the same sample each time. Memory is that of the
 * items in the sample. Pure. */
#pragma once

#include <glib.h>

typedef struct Sample Sample;

/* size: 1 or more. */
Sample *sample_new(guint size, guint64 seed, GDestroyNotify free_item);

/* Adds an item, which the sample then owns. Returns an item that is not in the sample, which the caller owns
 * (this one or one that was added before), or NULL. */
void *sample_add(Sample *sample, const char *key, void *item);

/* Removes an item, which the caller then owns; NULL if there are no more. */
void *sample_take(Sample *sample);

guint sample_count(const Sample *sample);

/* Frees the items, too. NULL is allowed. */
void sample_free(Sample *sample);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sample, sample_free)
