/* The verification of a pass: what the comparison holds to be up to date is looked at before the object goes
 * on (daemon/upkeep/verifier.h). Used by pass.c and pass_objects.c. */
#pragma once

#include "batch/diff.h"
#include "daemon/supervisor/pass_options.h"
#include "store/store.h"

/* Makes pass->verifier if the order is a verification. on_object as in VerifierOptions, with the pass as its
 * data. FALSE after giving up the pass. */
gboolean pass_verify_prepare(Pass *pass, void (*on_object)(const StoreObject *object, Diff *diff,
                                                           GArray *differing, void *data));

/* Whether the verifier has taken the object. */
gboolean pass_verify_takes(const Pass *pass, const StoreObject *object, Diff *diff);

/* Whether the pass may compare more objects. */
gboolean pass_verify_wants_more(const Pass *pass);

/* Tells the verifier once everything has been compared. */
void pass_verify_step(const Pass *pass);

/* Whether the pass need not wait for the verifier. */
gboolean pass_verify_is_done(const Pass *pass);

/* Whether outputs differ and have not been made again. */
gboolean pass_verify_has_findings(const Pass *pass);

void pass_verify_free(Pass *pass);
