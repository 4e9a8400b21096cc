/* The scope of a run: all originals, those below a prefix, or one share of them, so that several machines can
 * divide a source. A scope does not change which outputs are up to date. docs/adr/0064-scopes.md. Pure. */
#pragma once

#include <glib.h>

/* More shards than a run can need machines. */
#define SCOPE_MAX_SHARDS 10000u

/* Everything, if all members are zero. */
typedef struct {
    char *prefix; /* the start of all keys, relative to the source; NULL for any */
    guint shard;  /* 0 .. shards - 1 */
    guint shards; /* 0 or 1 if the source is not divided */
    char *list;   /* the name of a list of keys, for people: only these are in the scope; or NULL */
} Scope;

/* Whether the scope is everything. */
gboolean scope_is_whole(const Scope *scope);

/* Whether the object with this key is in scope, if it is on the list. Keys that differ only in their
 * extensions are in one shard. Each key is in exactly one of the shards of the same number, on every machine
 * and in every version. */
gboolean scope_has(const Scope *scope, const char *key);

/* Whether all keys that begin with start are within the prefix, whatever their shard. */
gboolean scope_covers(const Scope *scope, const char *start);

/* The number of a pod of an Indexed Job (Kubernetes documentation, "Jobs", "Completion mode"). */
#define SCOPE_INDEX_VARIABLE "JOB_COMPLETION_INDEX"

/* Parses "2/8": shard 2 of 0 to 7. If only count is given, index has the number of the shard (the value of
 * SCOPE_INDEX_VARIABLE; may be NULL). Without both texts, which may be NULL, the source is not divided. Class
 * ERROR_CONFIG. */
gboolean scope_parse_shard(Scope *scope, const char *shard, const char *count, const char *index,
                           GError **error);

/* "shard 2 of 8 below 'a/' of keys.txt", for people; NULL if everything is in scope. Owned by the caller. */
char *scope_describe(const Scope *scope);

void scope_clear(Scope *scope);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scope, scope_clear)

/* A floating variant of SCOPE_VARIANT_TYPE, and back. FALSE if the numbers cannot be. */
#define SCOPE_VARIANT_TYPE "(ayuums)"
GVariant *scope_to_variant(const Scope *scope);
gboolean scope_from_variant(GVariant *variant, Scope *ret_scope);
