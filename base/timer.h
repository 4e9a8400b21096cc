/* A timer on a GMainContext that can be set repeatedly without making a new source. */
#pragma once

#include <glib.h>

typedef struct Timer Timer;
typedef void (*TimerFunc)(void *data);

/* Returns a timer that is not set. */
Timer *timer_new(GMainContext *context, TimerFunc func, void *data);

/* Calls func once at or after this monotonic time (clock_now_us()); replaces an earlier time. */
void timer_set(Timer *timer, gint64 at_us);

/* Cancels the timer until it is set again. */
void timer_unset(Timer *timer);

/* May be called from func. timer may be NULL. */
void timer_free(Timer *timer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Timer, timer_free)
