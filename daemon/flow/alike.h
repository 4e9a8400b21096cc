/* Detects that nearly all of the first objects of a pass fail for the same reason: then the objects are not
 * to blame. An updated library, a missing decoder, or a limit that every original exceeds would fail a whole
 * bucket, one object after the other. */
#pragma once

#include <glib.h>

#include "base/error.h"

/* Percentage of the sample that counts as "nearly all". */
#define ALIKE_PERCENT 95u

typedef enum {
    ALIKE_OPEN, /* not enough objects have ended */
    ALIKE_NO,   /* the objects fail for reasons of their own */
    ALIKE_YES,
} AlikeVerdict;

typedef struct Alike Alike;

/* sample: number of objects, counted from the first, that decide; with 0 the verdict is ALIKE_NO at once. */
Alike *alike_new(guint sample);

/* An object ended without any failure. */
void alike_made(Alike *alike);

/* An object ended, and this was its first failure: of this output, or of the whole object if output is NULL.
 * Refusals by a store, failures that may pass, and cancelled work say nothing here and are not counted. */
void alike_failed(Alike *alike, const char *key, const char *output, const GError *error);

/* The verdict is final once it is not ALIKE_OPEN. It becomes ALIKE_NO as soon as too many objects have ended
 * otherwise. */
AlikeVerdict alike_verdict(const Alike *alike);

/* With ALIKE_YES: the number of objects that failed this way, and an example. */
guint alike_count(const Alike *alike);
const GError *alike_example(const Alike *alike);
const char *alike_example_key(const Alike *alike);

/* NULL is allowed. */
void alike_free(Alike *alike);

/* The pattern that failures of one group share: class, output, and the message without the parts that are
 * specific to an object: its key, numbers, and quoted text. Owned by the caller. */
char *alike_pattern(const char *key, const char *output, const GError *error);
