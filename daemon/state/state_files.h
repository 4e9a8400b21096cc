/* Paths of a configuration's files that outlive a run: the lock (daemon/state/run_lock.h) and the ledger
 * (ledger/ledger.h).
 *
 * The files belong to the pair of stores, not to the configuration file: a configuration that is edited,
 * moved or copied keeps its ledger, and two configurations over the same stores lock each other out. Used by
 * the main process and by the supervisor. Pure, except for state_directory_make(). */
#pragma once

#include <glib.h>

#include "config/model.h"

/* The environment variable with which systemd passes the directory of StateDirectory=. */
#define STATE_VARIABLE "STATE_DIRECTORY"

/* The configuration's state_directory, or else the first directory in from_service (the value of
 * STATE_VARIABLE; may be NULL), or NULL if nothing is to be stored. Owned by the caller. */
char *state_directory(const Config *config, const char *from_service);

/* Creates the directory, but not its parents. Errors are ignored here: whoever opens a file in it gets
 * one. */
void state_directory_make(const char *directory);

/* "DIRECTORY/thumbmill-0123456789abcdef" and the suffix; the digits identify the pair of stores. Owned by the
 * caller. */
char *state_file(const char *directory, const Config *config, const char *suffix);

/* The ledger's path, or NULL without a state directory. Owned by the caller. Pass the configuration as
 * loaded, before s3_defaults_apply(): an endpoint from the environment would change the path, and commands
 * that only read the ledger do not see it. */
char *state_ledger(const Config *config, const char *from_service);

/* Logs that the ledger at path was damaged and moved to aside. Does nothing if aside is NULL. */
void state_log_set_aside(const char *path, const char *aside);
