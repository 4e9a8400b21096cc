/* The budget of memory and imagers for decoding: decides which object may begin now. Used by the dispatcher;
 * pure arithmetic. docs/adr/0009-memory-is-granted-by-a-second-task.md gives the reasons.
 *
 * Half of the budget is divided among the workers, one share each. An object that needs no more than a share
 * is light: an imager renders one object at a time, so that all light ones together stay within that half. An
 * object that needs more is heavy, and is admitted when its bytes are free next to the heavy ones and the
 * light ones in flight. Heavy objects are admitted in the order in which they ask. If the first heavy object
 * in the queue needs more than half of the budget, light ones are held back as far as they would be in its
 * way: at worst it runs alone.
 *
 * An object that keeps an imager busy for long is heavy, too. If there are several workers, one is kept for
 * light objects while there are any. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 budget_bytes;
    guint64 share_bytes; /* of one worker */
    guint n_workers;
    guint n_light; /* light objects in flight */
    guint n_heavy; /* heavy objects in flight */
    guint64 heavy_bytes;
    guint64 reserved_bytes;
    guint epoch; /* incremented by admission_scale(); former_* count light objects that began in an earlier
                  * epoch */
    guint n_former;
    guint64 former_bytes;       /* upper limit for all of them together */
    guint64 former_share_bytes; /* upper limit for one of them */
} Admission;

/* Starts with nothing in flight. n_workers is 1 or more. */
void admission_init(Admission *admission, guint64 budget_bytes, guint n_workers);

/* Whether a heavy object that needs this much (at most the budget) may begin. light_waits: other objects wait
 * that are, or may be, light. */
gboolean admission_allows_heavy(const Admission *admission, guint64 bytes, gboolean light_waits);

/* Whether an object may begin that is light, or of unknown size. waiting_bytes: memory for the first heavy
 * object in the queue; 0 if none waits. */
gboolean admission_allows_light(const Admission *admission, guint64 waiting_bytes);

/* An object begins (returns the epoch), and ends. bytes is 0 for a light object, and the same in both
 * calls. */
guint admission_begin(Admission *admission, guint64 bytes);
void admission_end(Admission *admission, guint64 bytes, guint epoch);

/* Sets how much of the budget another process uses for now; replaces the previous value. An object that then
 * needs more than the rest waits; other objects do not wait for it. */
void admission_reserve(Admission *admission, guint64 bytes);

/* Upper limit of the memory that objects in flight use, without the reserved bytes. */
guint64 admission_used_bytes(const Admission *admission);

/* Changes the number of workers, 1 or more, and with it the size of a share. Light objects in flight keep the
 * shares that they have. */
void admission_scale(Admission *admission, guint n_workers);
