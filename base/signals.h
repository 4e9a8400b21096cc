/* Signals as events of a GMainContext, through signalfd(2): no handler ever runs, and no thread is started
 * (g_unix_signal_add starts one). */
#pragma once

#include <glib.h>

typedef void (*SignalFunc)(int signal_number, void *data);

/* Holds these signals (a list ended by 0) back until signals_watch() tells of them: for the start of a
 * program, which a signal would end before it is watched. Children inherit the mask, see below. */
void signals_block(const int *signal_numbers);

/* Has a write whose reader is gone fail with EPIPE instead of ending this process (SIGPIPE). */
void signals_ignore_broken_pipes(void);

/* Blocks the signals (a list ended by 0) in this process and calls func for each that arrives. Call it before
 * any thread exists. The mask is inherited across exec: whoever spawns resets it (concurrent/process.c does).
 * Returns the source, attached to context and owned by the caller; destroy it to stop listening. */
GSource *signals_watch(GMainContext *context, const int *signal_numbers, SignalFunc func, void *data);
