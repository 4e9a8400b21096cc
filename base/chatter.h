/* How much another process may say of its own accord, and how often it may ask for what it does not get,
 * before it is taken for broken: notes at a rate, with bursts, and refused questions in all. Used by
 * executors for their children. Pure. */
#pragma once

#include <glib.h>

/* Notes of so many seconds may come at once. */
#define CHATTER_BURST_S 10

/* {0}: nothing was said. */
typedef struct {
    gint64 used_us; /* the time up to which its notes have used up what it may say */
    guint refusals;
} Chatter;

/* Whether one more note is within notes_per_s (0: any number). One that is not uses nothing up. */
gboolean chatter_allows_note(Chatter *chatter, guint notes_per_s, gint64 now_us);

/* Whether one more question may be refused, of max_refusals (0: any number). */
gboolean chatter_allows_refusal(Chatter *chatter, guint max_refusals);
