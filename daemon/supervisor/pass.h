/* One pass over the source: list the destination, list the source, and for each object make what is missing
 * or stale. Used by the supervisor.
 *
 * Costs LIST requests only for what is in step: both listings are compared, nothing is asked per object. The
 * listing of the source waits while the workers have enough to do, so memory does not grow with the source.
 */
#pragma once

#include <glib.h>

#include "daemon/supervisor/pass_options.h"
#include <sys/types.h>

/* Begins. NULL with class ERROR_CONFIG or ERROR_PERMANENT if stores are unusable from the start. */
Pass *pass_new(const PassOptions *options, GMainContext *context, GError **error);

/* Begins nothing further; what is in flight has stop_timeout to finish, or none (at_once). */
void pass_stop(Pass *pass, gboolean at_once);

/* Has so many workers from now on: as many as its configuration has come to say. */
void pass_scale(Pass *pass);

/* Ends one of its workers, see dispatcher_terminate(). */
gboolean pass_terminate(Pass *pass, pid_t pid);

/* Whoever had those objects in flight that are held has ended: what they still lack is made. */
void pass_release(Pass *pass);

/* What is with its workers: of HELD_TYPE, floating. */
GVariant *pass_in_flight(const Pass *pass);

/* Its workers, floating: see dispatcher_workers(). */
GVariant *pass_workers(const Pass *pass);

/* Not from one of its callbacks. NULL is allowed. */
void pass_free(Pass *pass);
