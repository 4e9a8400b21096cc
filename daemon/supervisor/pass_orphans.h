/* The orphans of a pass: noted while it compares, and dealt with when it has compared everything
 * (daemon/upkeep/collector.h). Used by pass.c. */
#pragma once

#include "daemon/supervisor/pass_options.h"

/* Makes pass->collector if the configuration or the order wants orphans to be deleted. What prevents it is
 * logged, and counted as a failure. */
void pass_orphans_prepare(Pass *pass);

/* No original has this output key (SweepOptions). */
void pass_orphans_note(const char *output_key, void *data);

/* Everything has been compared: begins to delete. */
void pass_orphans_begin(Pass *pass);

/* Whether the pass need not wait for the collector. */
gboolean pass_orphans_are_done(const Pass *pass);
