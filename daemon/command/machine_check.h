/* Whether this machine has what a configuration names beside its stores: CA files, credentials files, the
 * control socket's place and group. What is wrong with them shows only when a daemon or a run needs them,
 * which may be at night.
 *
 * Used by the main process for `thumbmill check`. Looks at files, and opens no connection. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* Problems, one line each (char *), beginning with the key of the configuration: none if all is well. Owned
 * by the caller. */
GPtrArray *machine_check(const Config *config);
