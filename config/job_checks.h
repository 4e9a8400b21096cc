/* Checks across the jobs of a configuration. Private to config/; used by the main process.
 *
 * An output of one job may be an original of another. The outputs of a job feed another one if a key of theirs
 * may lie in its source, match its source.include and the patterns of one of its outputs, and is not covered by
 * an exclude pattern `literal*`. A circle of such jobs would work on its own results for ever, so it is refused.
 * What keys an output may have follows from its key template alone (key_template_form()), whatever its originals
 * are called: the check finds every circle, and may refuse one that the names of the originals would prevent.
 *
 * Two jobs must not write the same keys, in the same sense; nor may they have the same pair of stores, to which
 * lock and ledger belong. */
#pragma once

#include "config/model.h"
#include "config/problems.h"

/* configs: of Config, valid by themselves; marks: of Mark, where each is written. fallback is the endpoint of
 * stores without one, or NULL for AWS. */
void job_checks_apply(const GPtrArray *configs, const GArray *marks, const char *fallback,
                      Problems *problems);
