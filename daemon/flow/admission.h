/* The budget of memory and imagers for decoding: which object may begin now. Used by the dispatcher;
 * pure arithmetic. docs/adr/0009-memory-is-granted-by-a-second-task.md says why it is like this.
 *
 * Half of the budget is divided among the workers, a share for each. An object that needs no more than a
 * share is light: an imager renders one at a time, so that all of them together stay within that half. One
 * that needs more is heavy, and is admitted when its bytes are free beside the heavy ones and the light ones
 * in flight. Heavy ones are admitted in the order in which they ask. If the first that waits needs more than
 * half of the budget, light ones are held back as far as they would be in its way: at worst it runs alone.
 *
 * Heavy is also what takes an imager for long. Of several workers one is kept for light ones, while there are
 * any. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 budget_bytes;
    guint64 share_bytes; /* of a worker */
    guint n_workers;
    guint n_light; /* in flight */
    guint n_heavy; /* the same */
    guint64 heavy_bytes;
    guint64 reserved_bytes;
    guint epoch; /* how often it was scaled; of light ones that began before that: */
    guint n_former;
    guint64 former_bytes;       /* that they had together */
    guint64 former_share_bytes; /* that any of them has at most */
} Admission;

/* Nothing is in flight. n_workers is 1 or more. */
void admission_init(Admission *admission, guint64 budget_bytes, guint n_workers);

/* Whether an object that needs this much, and no more than the budget, may begin. light_waits: there are
 * others that are, or may be, light. */
gboolean admission_allows_heavy(const Admission *admission, guint64 bytes, gboolean light_waits);

/* Whether an object may begin of which nothing is known, or that it is light. waiting_bytes: of the heavy one
 * that is the first to wait; 0 if none waits. */
gboolean admission_allows_light(const Admission *admission, guint64 waiting_bytes);

/* An object begins, in the epoch that is returned, and ends. bytes is 0 for a light one, and the same both
 * times. */
guint admission_begin(Admission *admission, guint64 bytes);
void admission_end(Admission *admission, guint64 bytes, guint epoch);

/* So much of the budget is used by others, for now; replaces what was. What then needs more than the rest
 * waits, and others do not wait for it. */
void admission_reserve(Admission *admission, guint64 bytes);

/* What is in flight may use at most, without what is reserved. */
guint64 admission_used_bytes(const Admission *admission);

/* There are so many workers from now on, 1 or more, and shares are of another size. Light ones in flight keep
 * those that they have. */
void admission_scale(Admission *admission, guint n_workers);
