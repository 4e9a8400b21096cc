/* Checks this machine for what a configuration names besides its stores: CA files, credentials files, the
 * control socket's directory and group. Otherwise such problems appear only when a daemon or a run needs the
 * files, which may be at night.
 *
 * Used by the main process for `thumbmill check`. Reads files, and opens no connection. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* Problems, one line each (char *), beginning with the key in the configuration; empty if there are none.
 * Owned by the caller. */
GPtrArray *machine_check(const Config *config);
