/* Where a configuration keeps what outlives a run: the lock (daemon/state/run_lock.h) and the ledger
 * (ledger/ledger.h).
 *
 * Files belong to the pair of stores, not to the configuration file: one that is edited, moved or copied
 * keeps its memory, and two of them over the same stores lock each other out. Used by the main process and by
 * the supervisor. Pure, but for state_directory_make(). */
#pragma once

#include <glib.h>

#include "config/model.h"

/* The variable by which systemd names the directory of StateDirectory=. */
#define STATE_VARIABLE "STATE_DIRECTORY"

/* state_directory of the configuration, or the first of from_service (the value of STATE_VARIABLE; NULL: not
 * set), or NULL: nothing is kept. Owned by the caller. */
char *state_directory(const Config *config, const char *from_service);

/* Makes the directory, but none above it. Whoever uses it is told why it cannot be. */
void state_directory_make(const char *directory);

/* "DIRECTORY/thumbmill-0123456789abcdef" and the suffix: the digits stand for the pair of stores. Owned by
 * the caller. */
char *state_file(const char *directory, const Config *config, const char *suffix);

/* The ledger's path, or NULL: there is none, as for state_directory(). Owned by the caller. config is as its
 * file has it: what a run's environment adds (an endpoint) would make the path another one, and who only
 * looks into the ledger does not know of it. */
char *state_ledger(const Config *config, const char *from_service);

/* Says that the ledger at path was damaged, and what it is called now; aside NULL: it was not. */
void state_log_set_aside(const char *path, const char *aside);
