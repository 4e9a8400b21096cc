/* An index of the objects at the destination: key -> modification time, and which keys this run has claimed.
 *
 * 16 bytes per slot: the key itself is not stored, only its 64-bit SipHash-2-4 under a random key (Aumasson
 * and Bernstein, 2012), so that nobody can choose object names that collide. The probability that two of 10^7
 * keys collide by accident is 3 in a million; one output would then wrongly count as up to date or claimed.
 * Used by the supervisor, owned by its run, single-threaded. */
#pragma once

#include <glib.h>

typedef struct Index Index;

/* Returns an empty index, so it cannot fail for lack of memory. Class ERROR_INTERNAL if the kernel provides
 * no random key. */
Index *index_new(GError **error);

/* Records that the destination holds key, changed at mtime_s (Unix seconds). Adding it again replaces the
 * time. Class ERROR_INTERNAL when out of memory. */
gboolean index_add(Index *index, const char *key, gint64 mtime_s, GError **error);

/* For an index of the keys that matter only: index_expect() says that key does, and index_note() then records
 * that the destination holds it, as index_add() does, but returns FALSE if nobody expects (or has claimed)
 * the key. */
gboolean index_expect(Index *index, const char *key, GError **error);
gboolean index_note(Index *index, const char *key, gint64 mtime_s);

/* Makes the index empty, and keeps its memory if that is little. */
void index_reset(Index *index);

/* FALSE if the destination does not hold key. ret_mtime_s may be NULL. */
gboolean index_lookup(const Index *index, const char *key, gint64 *ret_mtime_s);

/* Claims key for the current source object, whether the destination holds it or not. FALSE with class
 * ERROR_INPUT if it is already claimed: two source objects of this run have the same output key.
 * ERROR_INTERNAL when out of memory. */
gboolean index_claim(Index *index, const char *key, GError **error);
gboolean index_is_claimed(const Index *index, const char *key);

/* A part of every error text of index_claim(). */
#define INDEX_CLAIMED_TEXT "has the same output key"

/* Sets a function that names the source object which has claimed key, for the error of index_claim(). It
 * returns NULL if it does not know, else a text that is owned by index_claim(). */
typedef char *(*IndexNameFunc)(const char *key, void *data);
void index_set_namer(Index *index, IndexNameFunc func, void *data);

void index_free(Index *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Index, index_free)
