/* How far a run is: a note of the supervisor to the main process. */
#pragma once

#include <glib.h>

#define NOTE_PROGRESS      "progress"
#define NOTE_PROGRESS_TYPE "(ttttttbtux)"

/* The store that the run waits for, because it is unreachable or has no room. */
typedef enum { WAITS_FOR_NOTHING, WAITS_FOR_SOURCE, WAITS_FOR_DESTINATION } WaitsFor;

typedef struct {
    guint64 listed, done, skipped, failed; /* objects */
    guint64 made;                          /* outputs */
    guint64 in_flight;                     /* objects with workers */
    gboolean all_listed;                   /* `listed` will not grow */
    guint64 total;     /* the final value of `listed`: exact if all are listed, else estimated; 0: unknown */
    guint32 waits_for; /* WaitsFor */
    gint64 waits_since_s; /* Unix seconds; 0 if nothing is waited for */
} Progress;

/* Floating, of NOTE_PROGRESS_TYPE; and back: FALSE if it has another type. */
GVariant *progress_to_variant(const Progress *progress);
gboolean progress_from_variant(GVariant *variant, Progress *ret_progress);

/* "source" or "destination" if the run waits for that store, else NULL. */
const char *progress_waits_for(const Progress *progress);
