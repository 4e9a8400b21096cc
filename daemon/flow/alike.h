/* Whether the objects that a pass begins with fail for one and the same reason: then it is not the objects'
 * fault. A library that was updated, a decoder that is missing, a limit that no original keeps would fail a
 * whole bucket, one object after the other.
 *
 * Used by the supervisor (daemon/dispatch/results.c). Pure.
 * docs/adr/0024-a-pass-stops-when-all-fails-alike.md */
#pragma once

#include <glib.h>

#include "base/error.h"

/* So many of a hundred make it "nearly all". */
#define ALIKE_PERCENT 95u

typedef enum {
    ALIKE_OPEN, /* not enough objects have ended */
    ALIKE_NO,   /* what fails, fails by itself */
    ALIKE_YES,
} AlikeVerdict;

typedef struct Alike Alike;

/* sample: of so many objects, the first ones; 0: the verdict is ALIKE_NO at once. */
Alike *alike_new(guint sample);

/* An object ended, and nothing of it failed. */
void alike_made(Alike *alike);

/* An object ended, and this was the first of it that failed: output, or NULL for all of it. What a store
 * refuses, what may pass, and what was given up says nothing and is not counted. */
void alike_failed(Alike *alike, const char *key, const char *output, const GError *error);

/* Never changes again once it is not ALIKE_OPEN. It is ALIKE_NO as soon as too many have ended otherwise. */
AlikeVerdict alike_verdict(const Alike *alike);

/* With ALIKE_YES: how many objects have failed so, and an example. */
guint alike_count(const Alike *alike);
const GError *alike_example(const Alike *alike);
const char *alike_example_key(const Alike *alike);

/* NULL is allowed. */
void alike_free(Alike *alike);

/* What failures that are alike have in common: class, output, and the reason without what is the object's own
 * in it: its key, numbers, and what stands in quotes. Owned by the caller. */
char *alike_pattern(const char *key, const char *output, const GError *error);
