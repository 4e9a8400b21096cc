/* Whether a store is away: what follows from the successes and failures of a pass. Pure: the caller says what
 * time it is, and makes the requests. docs/adr/0027-a-store-that-is-away.md says why it is like this.
 *
 * OUTAGE_NONE: work goes on. Failures are counted in a row, those of reading, writing and listing apart.
 *
 * OUTAGE_SUSPECTED: so many objects failed in a row, or there is no other left that could tell. Nothing more
 * is begun, and somebody asks the store (outage_judge()).
 *
 * OUTAGE_AWAY: nothing is begun but one probe at a time, of the kind that failed, after pauses that grow by
 * half from OUTAGE_PAUSE_US to OUTAGE_MAX_PAUSE_US. The first success ends it.
 *
 * An object that failed is blamed for that only in the state OUTAGE_NONE, when its kind has no failures any
 * more: another one has succeeded since, or the store has answered. */
#pragma once

#include <glib.h>

/* Objects that fail in a row until something is suspected: fewer may well be sick themselves. */
#define OUTAGE_SUSPICIOUS   4u

#define OUTAGE_PAUSE_US     G_GINT64_CONSTANT(1000000)
#define OUTAGE_MAX_PAUSE_US (60 * OUTAGE_PAUSE_US)

/* An outage that begins so soon after another one goes on with its pauses: the store is not well. */
#define OUTAGE_RELAPSE_US (60 * OUTAGE_PAUSE_US)

typedef enum {
    OUTAGE_READ,  /* GET and HEAD requests to the source */
    OUTAGE_WRITE, /* PUT requests to the destination */
    OUTAGE_LIST,  /* listings of either, and what else a pass does itself */
} OutageKind;

#define OUTAGE_KINDS (OUTAGE_LIST + 1)

typedef enum { OUTAGE_NONE, OUTAGE_SUSPECTED, OUTAGE_AWAY } OutageState;

typedef struct {
    guint failures;
    gint64 first_us; /* the first of them */
} OutageStreak;

typedef struct {
    OutageState state;
    OutageKind kind; /* that is suspected, or away */
    OutageStreak streaks[OUTAGE_KINDS];
    gint64 since_us; /* its first failure */
    gint64 away_us;  /* when that was clear */
    gint64 due_us;   /* when the next probe may begin */
    gint64 pause_us;
    gint64 ended_us; /* the latest outage before; 0: there was none */
    gboolean is_probing;
    guint probes; /* of this outage */
} Outage;

/* Nothing is suspected. */
void outage_init(Outage *outage);

/* An object failed for a reason that may pass and may be the store's. When a probe runs, it was the probe. */
void outage_fail(Outage *outage, OutageKind kind, gint64 now_us);

/* The same, but it says enough about the store: a listing failed, or the store has no room. */
void outage_fail_surely(Outage *outage, OutageKind kind, gint64 now_us);

/* The store answered something that was begun at at_us: after the first failure, else it means nothing; when
 * the store is away, after that was clear, as what was in flight may have been answered before. */
void outage_succeed(Outage *outage, OutageKind kind, gint64 at_us, gint64 now_us);

/* No other object is left that could show whether the store is away: what has failed is suspicious now. */
void outage_suspect(Outage *outage);

/* The answer to the question of OUTAGE_SUSPECTED; ignored in other states. */
void outage_judge(Outage *outage, gboolean answers, gint64 now_us);

/* Whether work of this kind goes on (OUTAGE_FREE), is held, or one probe may begin. */
typedef enum { OUTAGE_FREE, OUTAGE_HELD, OUTAGE_PROBE } OutageLeave;
OutageLeave outage_leave(const Outage *outage, gboolean is_listing, gint64 now_us);

/* The probe has begun. */
void outage_begin_probe(Outage *outage);

/* It ended and says nothing about the store: another one may begin at once. */
void outage_end_probe(Outage *outage, gint64 now_us);

/* Whether an object that failed in this way is to be blamed for it. */
gboolean outage_blames(const Outage *outage, OutageKind kind);

/* Whether the store has been away for so long. */
gboolean outage_is_over_limit(const Outage *outage, gint64 limit_us, gint64 now_us);

/* When to look at outage_leave() and outage_is_over_limit() again without anything happening; G_MAXINT64:
 * never. */
gint64 outage_wake_us(const Outage *outage, gint64 limit_us);
