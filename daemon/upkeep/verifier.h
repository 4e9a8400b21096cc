/* Verifies stored outputs: each gets a HEAD request, and the answer is compared with the recipe, the original
 * and the format (batch/difference.h). The pass gives it the objects that it has compared; what the
 * comparison has found already (missing, older, other recipe) is told as well, and costs no request. An
 * output that is missing, or cannot be reached, is a finding and never ends the pass.
 *
 * With a sample, objects are chosen while they are listed (batch/sample.h), and looked at when all have been.
 * Used by the pass. Single-threaded. docs/adr/0065-verify.md */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "batch/difference.h"
#include "daemon/upkeep/inspector.h"
#include "store/store.h"

typedef struct {
    const Config *config; /* borrowed, as are the next three */
    Store *destination;
    Inspector *inspector; /* decodes outputs that are right so far; may be NULL */
    RunReport *report;    /* verify.* is counted there, and outputs.up_to_date kept right */
    guint sample;         /* number of objects to look at; 0 for all */
    guint64 seed;         /* of the sample */
    /* An output differs. text may be NULL; keys are quoted. */
    void (*on_finding)(const char *source_key, const char *output_key, Difference difference,
                       const char *text, void *data);
    /* An object has been dealt with. The function may take over the contents of diff and differing, an
     * array of DiffOutput: outputs of the object that are not in diff, and are to be made again. */
    void (*on_object)(const StoreObject *object, Diff *diff, GArray *differing, void *data);
    /* verifier_wants_more() or verifier_is_done() may have changed. */
    void (*on_poke)(void *data);
    void *data;
} VerifierOptions;

typedef struct Verifier Verifier;

Verifier *verifier_new(const VerifierOptions *options, GMainContext *context);

/* Takes over the contents of diff; on_object follows, perhaps from within this call. FALSE if none
 * of the object's outputs is up to date: the findings are told, and nothing is taken. */
gboolean verifier_take(Verifier *verifier, const StoreObject *object, Diff *diff);

/* Whether there is room for more objects. */
gboolean verifier_wants_more(const Verifier *verifier);

/* No more objects follow: looks at those of the sample. */
void verifier_end(Verifier *verifier);

/* Whether nothing is left to do, after verifier_end(). */
gboolean verifier_is_done(const Verifier *verifier);

/* Gives up what has been taken. Returns the number of objects. */
guint verifier_stop(Verifier *verifier);

/* NULL is allowed. */
void verifier_free(Verifier *verifier);
