/* A clock that a test moves, with the timers that go by it: linked in place of base/timer.c (CMake:
 * moved_clock.c among the sources, WRAPS g_get_monotonic_time g_get_real_time pthread_cond_clockwait). Hours pass in
 * no time. */
#pragma once

#include <glib.h>

/* Runs what the context has to do now. */
void moved_clock_settle(GMainContext *context);

/* Lets time pass, in steps that are short enough for base/patience.h, and runs what becomes due. */
void moved_clock_advance(GMainContext *context, gint64 us);

/* As if this process had been stopped, or its machine suspended: time passes in one step. */
void moved_clock_jump(GMainContext *context, gint64 us);
