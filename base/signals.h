/* Signals as events of a GMainContext, through signalfd(2): no handler ever runs, and no thread is started
 * (g_unix_signal_add starts one). */
#pragma once

#include <glib.h>

typedef void (*SignalFunc)(int signal_number, void *data);

/* Blocks these signals (a list that ends with 0) until signals_watch() reports them: for the start of a
 * program, which would otherwise be ended by a signal before it watches for it. Children inherit the mask,
 * see below. */
void signals_block(const int *signal_numbers);

/* Makes a write to a pipe without reader fail with EPIPE instead of ending this process (SIGPIPE). */
void signals_ignore_broken_pipes(void);

/* Blocks the signals (a list that ends with 0) in this process and calls func for each one that arrives. Call
 * it before any thread exists. The mask is inherited across exec: code that spawns resets it
 * (concurrent/process.c does). Returns the source, attached to context and owned by the caller; destroy it to
 * stop watching. */
GSource *signals_watch(GMainContext *context, const int *signal_numbers, SignalFunc func, void *data);
