/* How the keys of outputs sort beside the keys of their source objects. If each output's keys are a constant
 * prefix, the source's {dir}{stem} or {dir}{name}, and something more, then a range of source keys has its
 * outputs in one range of each output's keys, and both sides can be listed and compared piece by piece.
 * docs/adr/0060-the-comparison-goes-on-in-windows.md has the argument. Used by the supervisor, and by the
 * main process to say whether it is so. Pure; immutable.
 *
 * A cut is a text that divides keys: those before it, by strcmp(), from itself and those behind. It divides
 * the keys of an output too: before or behind the output's prefix + the cut. A source object and its output
 * are on the same side of every cut, unless the object's {dir}{stem} is a proper prefix of the cut. */
#pragma once

#include <glib.h>

#include "config/model.h"

typedef struct KeyOrder KeyOrder;

/* Returns NULL if the destination can only be compared as a whole, and then in *ret_reason why, for people.
 * Both are owned by the caller; config is borrowed. */
KeyOrder *key_order_new(const Config *config, char **ret_reason);

/* One sentence for people about a configuration that has no such order; NULL if it has one. Owned by the
 * caller. */
char *key_order_note(const Config *config);

/* The length of {dir}{stem} of a source key. */
gsize key_order_base_length(const char *key);

/* NULL is allowed. */
void key_order_free(KeyOrder *order);

/* The outputs whose keys have the same prefix are a group, and are listed at once. */
guint key_order_n_groups(const KeyOrder *order);
const char *key_order_prefix(const KeyOrder *order, guint group);

/* The group of an output, by its number in the configuration. */
guint key_order_group_of(const KeyOrder *order, guint output);

/* Whether an output key is before a cut. */
gboolean key_order_is_before(const KeyOrder *order, guint group, const char *output_key, const char *cut);

/* Whether an output of this source object may be on the other side of the cut than the object itself. */
gboolean key_order_may_stray(const char *key, const char *cut);

/* All output keys before the cut that a source object behind it may have: of char, owned by the caller. A cut
 * has as many as it has dots and lower characters, times the outputs, or fewer. */
GPtrArray *key_order_strays(const KeyOrder *order, const char *cut);

/* The part of the source that must be listed to compare the objects whose keys begin with prefix: returns the
 * start of the keys of these objects, and of all others that may have an output key in common with one of
 * them. Their outputs' keys begin with the output's prefix and the same text. Owned by the caller. */
char *key_order_start(const KeyOrder *order, const char *prefix);

/* Whether only objects with the same {dir}{stem} may have an output key in common with this one. */
gboolean key_order_is_alone(const KeyOrder *order, const char *key);

/* The shortest cut that has last before and next behind it, which must be greater than last. It ends at a
 * character of UTF-8 if next is valid. Owned by the caller. */
char *key_order_cut(const char *last, const char *next);

/* The cut directly behind key: all greater keys are behind it. Owned by the caller. */
char *key_order_cut_after(const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyOrder, key_order_free)
