/* The proof that no output becomes a source, which would make thumbmill derive images of its own images for
 * ever. Used when a configuration is loaded; private to config/.
 *
 * Each key of an output starts with the destination's prefix and its template's text up to the first part
 * that depends on the source key. If source and destination may be the same place (config/place.h), either
 * this start and the source's prefix must exclude each other, or an exclude pattern `literal*` must cover all
 * keys that begin with this start. For several jobs see config/job_checks.h. */
#pragma once

#include "config/model.h"

/* Sets config->source.own: the destination's state folder is no source either. Class ERROR_CONFIG if the
 * source lies in it. */
gboolean loop_proof_find_state(Config *config, GError **error);

/* Whether output cannot feed the source. If it can, class ERROR_CONFIG with the possible corrections. */
gboolean loop_proof_check(const Config *config, const OutputConfig *output, GError **error);
