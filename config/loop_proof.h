/* The proof that no output becomes a source, which would make thumbmill derive images of its own images for
 * ever. Used when a configuration is loaded; private to config/.
 *
 * Each key of an output starts with the destination's prefix and its template's text up to the first part
 * that depends on the source key. If source and destination may be the same place, either this start and the
 * source's prefix must exclude each other, or an exclude pattern `literal*` must cover all that starts so.
 * Places that may be one: directories (resolved through symbolic links as far as they exist), and buckets of
 * the same name unless the endpoints are different hosts (scheme and port do not count: a server may listen
 * on several). A bucket that one store names and the other reaches by an access point counts as two: which
 * bucket an access point belongs to is not known here. */
#pragma once

#include "config/model.h"

/* Whether output cannot feed the source. If not, class ERROR_CONFIG with the ways out. */
gboolean loop_proof_check(const Config *config, const OutputConfig *output, GError **error);
