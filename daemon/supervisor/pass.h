/* One pass over the source: list the destination, list the source, and make the missing or stale outputs of
 * each object. Used by the supervisor.
 *
 * If everything is up to date, a pass costs LIST requests only: both listings are compared, and there are no
 * requests per object. The listing of the source pauses while the workers have enough to do, so memory does
 * not grow with the source. */
#pragma once

#include <glib.h>

#include "daemon/supervisor/pass_options.h"
#include <sys/types.h>

/* Starts a pass. NULL with class ERROR_CONFIG or ERROR_PERMANENT if the stores are unusable from the
 * start. */
Pass *pass_new(const PassOptions *options, GMainContext *context, GError **error);

/* Begins nothing more. Objects in flight have stop_timeout to finish, or no time at all (at_once). */
void pass_stop(Pass *pass, gboolean at_once);

/* Adjusts the number of workers to the configuration, which the caller has changed. */
void pass_scale(Pass *pass);

/* Terminates a worker, see dispatcher_terminate(). */
gboolean pass_terminate(Pass *pass, pid_t pid);

/* The previous supervisor has ended: what the held objects still lack is made. */
void pass_release(Pass *pass);

/* The objects that are with workers: HELD_TYPE, floating. */
GVariant *pass_in_flight(const Pass *pass);

/* The state of the workers, floating: see dispatcher_workers(). */
GVariant *pass_workers(const Pass *pass);

/* Not from one of its callbacks. NULL is allowed. */
void pass_free(Pass *pass);
