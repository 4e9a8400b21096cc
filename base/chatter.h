/* Rate limits for another process's unrequested messages: notes at a rate, with bursts, and refused questions
 * in total. A process that exceeds them is considered broken. Used by executors for their children. Pure. */
#pragma once

#include <glib.h>

/* The largest burst, in seconds of notes at the permitted rate. */
#define CHATTER_BURST_S 10

/* {0} is the initial state. */
typedef struct {
    gint64 used_us; /* the time until which the notes so far have used up the permitted rate */
    guint refusals;
} Chatter;

/* Whether one more note is within notes_per_s (0 for any number). A note that is not permitted does not
 * count. */
gboolean chatter_allows_note(Chatter *chatter, guint notes_per_s, gint64 now_us);

/* Whether one more question may be refused, of max_refusals in total (0 for any number). */
gboolean chatter_allows_refusal(Chatter *chatter, guint max_refusals);
