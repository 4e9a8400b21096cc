/* Whether a store is away, judged by the successes and failures of a pass. Pure: the caller supplies the time
 * and makes the requests. docs/adr/0027-a-store-that-is-away.md gives the reasons.
 *
 * OUTAGE_NONE: work goes on. Failures in a row are counted, separately for reading, writing and listing.
 *
 * OUTAGE_SUSPECTED: OUTAGE_SUSPICIOUS objects failed in a row, or no other object is left that could tell.
 * Nothing more begins, and the caller asks the store (outage_judge()).
 *
 * OUTAGE_AWAY: nothing begins but one probe at a time, of the kind that failed, after pauses that grow by
 * half each time, from OUTAGE_PAUSE_US to OUTAGE_MAX_PAUSE_US. The first success ends the outage.
 *
 * An object is blamed for its failure only in the state OUTAGE_NONE, once its kind has no failures any more:
 * another object has succeeded since, or the store has answered. */
#pragma once

#include <glib.h>

/* Failures in a row until the store is suspected: fewer may well be the objects' own fault. */
#define OUTAGE_SUSPICIOUS   4u

#define OUTAGE_PAUSE_US     G_GINT64_CONSTANT(1000000)
#define OUTAGE_MAX_PAUSE_US (60 * OUTAGE_PAUSE_US)

/* An outage that begins within this time after another one goes on with that one's pauses: the store is
 * unstable. */
#define OUTAGE_RELAPSE_US (60 * OUTAGE_PAUSE_US)

typedef enum {
    OUTAGE_READ,  /* GET and HEAD requests to the source */
    OUTAGE_WRITE, /* PUT requests to the destination */
    OUTAGE_LIST,  /* listings of either store, and other requests that a pass makes itself */
} OutageKind;

#define OUTAGE_KINDS (OUTAGE_LIST + 1)

typedef enum { OUTAGE_NONE, OUTAGE_SUSPECTED, OUTAGE_AWAY } OutageState;

typedef struct {
    guint failures;
    gint64 first_us; /* time of the first failure */
} OutageStreak;

typedef struct {
    OutageState state;
    OutageKind kind; /* the kind that is suspected, or away */
    OutageStreak streaks[OUTAGE_KINDS];
    gint64 since_us; /* first failure of the outage */
    gint64 away_us;  /* when the outage was established */
    gint64 due_us;   /* when the next probe may begin */
    gint64 pause_us;
    gint64 ended_us; /* end of the previous outage, or 0 */
    gboolean is_probing;
    guint probes; /* in this outage */
} Outage;

/* Starts in the state OUTAGE_NONE. */
void outage_init(Outage *outage);

/* An object failed for a reason that may pass and that may be the store's fault. If a probe is running, the
 * probe failed. */
void outage_fail(Outage *outage, OutageKind kind, gint64 now_us);

/* Like outage_fail(), for a failure that proves an outage by itself: a listing failed, or the store is
 * full. */
void outage_fail_surely(Outage *outage, OutageKind kind, gint64 now_us);

/* The store answered a request that began at at_us. It counts only if it began after the first failure or,
 * when the store is away, after the outage was established: an earlier request may have been answered
 * before. */
void outage_succeed(Outage *outage, OutageKind kind, gint64 at_us, gint64 now_us);

/* No other object is left that could show whether the store is away: the first kind with failures becomes
 * suspected. */
void outage_suspect(Outage *outage);

/* Whether the store answered when it was asked in OUTAGE_SUSPECTED; ignored in other states. */
void outage_judge(Outage *outage, gboolean answers, gint64 now_us);

/* Whether work of this kind goes on (OUTAGE_FREE), is held back, or one probe may begin. */
typedef enum { OUTAGE_FREE, OUTAGE_HELD, OUTAGE_PROBE } OutageLeave;
OutageLeave outage_leave(const Outage *outage, gboolean is_listing, gint64 now_us);

/* A probe has begun. */
void outage_begin_probe(Outage *outage);

/* The probe ended and says nothing about the store: another one may begin at once. */
void outage_end_probe(Outage *outage, gint64 now_us);

/* Whether an object that failed in a request of this kind is to be blamed for it. */
gboolean outage_blames(const Outage *outage, OutageKind kind);

/* Whether the store has been away for limit_us or longer. */
gboolean outage_is_over_limit(const Outage *outage, gint64 limit_us, gint64 now_us);

/* When outage_leave() and outage_is_over_limit() may next change by the passage of time alone; G_MAXINT64:
 * never. */
gint64 outage_wake_us(const Outage *outage, gint64 limit_us);
