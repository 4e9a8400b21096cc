#include "daemon/verdict/store_watch.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/timer.h"
#include "daemon/verdict/witness.h"

struct StoreWatch {
    StoreWatchOptions options;
    GMainContext *context;
    Outage outage;
    OutageState told;              /* the state that was last acted upon */
    GError *reasons[OUTAGE_KINDS]; /* the first failure of each streak */
    const Store *failing[OUTAGE_KINDS];
    GError *reason; /* of the outage */
    const Store *away;
    gint64 since_us;  /* clock_now_us() */
    char *known_key;  /* of an object that could be read, or NULL */
    Witness *witness; /* NULL if no question is pending */
    OutageKind asked; /* what the witness is asked about */
    Timer *wake;      /* when a probe is due, or when the limit is reached */
    Timer *change;    /* while set, on_change() is due */
};

static void act(StoreWatch *watch);

static gint64 limit_us(const StoreWatch *watch)
{
    return watch->options.limit_ms * CLOCK_US_PER_MS;
}

/* Logging */

static void log_away(const StoreWatch *watch)
{
    const gboolean is_full = error_class(watch->reason) == ERROR_FULL;

    log_event(LOG_WARNING,
              is_full ? "store full: waiting for free space" : "store unavailable: waiting for it", "url",
              store_url(watch->away), "class", error_class_name(error_class(watch->reason)), "reason",
              watch->reason->message, NULL);
}

static void log_back(const StoreWatch *watch)
{
    const double seconds = (double)(clock_now_us() - watch->since_us) / (double)CLOCK_US_PER_S;
    g_autofree char *after = g_strdup_printf("%.1f", seconds);
    g_autofree char *probes = g_strdup_printf("%u", watch->outage.probes);

    log_event(LOG_WARNING, "store available again: continuing", "url", store_url(watch->away), "after_s",
              after, "probes", probes, NULL);
}

/* Acting upon changes */

static void on_witness(gboolean answers, void *data)
{
    StoreWatch *watch = data;

    g_clear_pointer(&watch->witness, witness_free);
    outage_judge(&watch->outage, answers, clock_now_us());
    act(watch);
}

/* Asks the witness. If many requests failed in a row and there is no known key whose request would say more
 * than they do, the store is away until a probe says otherwise. Whether uploads work can only be shown by an
 * upload. */
static void ask(StoreWatch *watch)
{
    const OutageKind kind = watch->outage.kind;
    const gboolean are_many = watch->outage.streaks[kind].failures >= OUTAGE_SUSPICIOUS;
    const char *key = kind == OUTAGE_READ ? watch->known_key : NULL;

    watch->asked = kind;
    if (are_many && key == NULL)
        outage_judge(&watch->outage, FALSE, clock_now_us());
    else
        watch->witness = witness_ask(kind == OUTAGE_READ ? watch->options.source : watch->options.destination,
                                     key, watch->context, on_witness, watch);
}

static void enter_away(StoreWatch *watch)
{
    const OutageKind kind = watch->outage.kind;

    g_clear_error(&watch->reason);
    watch->reason = g_error_copy(watch->reasons[kind]);
    watch->away = watch->failing[kind];
    watch->since_us = watch->outage.since_us;
    log_away(watch);
}

static void set_wake(StoreWatch *watch)
{
    timer_unset(watch->wake);
    if (watch->outage.state == OUTAGE_AWAY)
        timer_set(watch->wake, outage_wake_us(&watch->outage, limit_us(watch)));
}

static void act(StoreWatch *watch)
{
    if (watch->outage.state != OUTAGE_SUSPECTED || watch->asked != watch->outage.kind)
        g_clear_pointer(&watch->witness, witness_free);
    if (watch->outage.state == OUTAGE_SUSPECTED && watch->witness == NULL)
        ask(watch);
    if (watch->outage.state == OUTAGE_AWAY && watch->told != OUTAGE_AWAY)
        enter_away(watch);
    else if (watch->outage.state != OUTAGE_AWAY && watch->told == OUTAGE_AWAY)
        log_back(watch);
    else if (watch->outage.state == OUTAGE_AWAY) /* a probe may have failed at the other store */
        watch->away = watch->failing[watch->outage.kind];
    watch->told = watch->outage.state;
    timer_set(watch->change, 0);
    set_wake(watch);
}

static void on_time(void *data)
{
    StoreWatch *watch = data;

    watch->options.on_change(watch->options.data);
}

/* Successes and failures */

gboolean store_watch_cares(const GError *error)
{
    ErrorClass class = error_class(error);

    return class == ERROR_UNAVAILABLE || class == ERROR_UNSENT || class == ERROR_STALE || class == ERROR_FULL;
}

void store_watch_succeeded(StoreWatch *watch, OutageKind kind, gint64 begun_us)
{
    const OutageState before = watch->outage.state;
    const guint failures = watch->outage.streaks[kind].failures;

    outage_succeed(&watch->outage, kind, begun_us, clock_now_us());
    if (watch->outage.state != before || watch->outage.streaks[kind].failures != failures)
        act(watch);
}

void store_watch_remember(StoreWatch *watch, const char *key)
{
    g_free(watch->known_key);
    watch->known_key = g_strdup(key);
}

void store_watch_failed(StoreWatch *watch, OutageKind kind, const Store *store, const GError *error)
{
    if (watch->outage.streaks[kind].failures == 0) {
        g_clear_error(&watch->reasons[kind]);
        watch->reasons[kind] = g_error_copy(error);
        watch->failing[kind] = store;
    }
    if (kind == OUTAGE_LIST || error_class(error) == ERROR_FULL)
        outage_fail_surely(&watch->outage, kind, clock_now_us());
    else
        outage_fail(&watch->outage, kind, clock_now_us());
    act(watch);
}

void store_watch_suspect(StoreWatch *watch)
{
    const OutageState before = watch->outage.state;

    outage_suspect(&watch->outage);
    if (watch->outage.state != before)
        act(watch);
}

/* State */

OutageLeave store_watch_leave(const StoreWatch *watch, gboolean is_listing)
{
    return outage_leave(&watch->outage, is_listing, clock_now_us());
}

void store_watch_begin_probe(StoreWatch *watch)
{
    outage_begin_probe(&watch->outage);
    set_wake(watch);
}

void store_watch_end_probe(StoreWatch *watch)
{
    if (!watch->outage.is_probing || watch->outage.kind == OUTAGE_LIST)
        return;
    outage_end_probe(&watch->outage, clock_now_us());
    act(watch);
}

gboolean store_watch_is_probing(const StoreWatch *watch)
{
    return watch->outage.is_probing;
}

gboolean store_watch_is_away(const StoreWatch *watch)
{
    return watch->outage.state == OUTAGE_AWAY;
}

gboolean store_watch_blames(const StoreWatch *watch, OutageKind kind)
{
    return outage_blames(&watch->outage, kind);
}

const char *store_watch_away(const StoreWatch *watch, gint64 *ret_since_s)
{
    if (watch->told != OUTAGE_AWAY)
        return NULL;
    *ret_since_s = (clock_wall_us() - (clock_now_us() - watch->since_us)) / CLOCK_US_PER_S;
    return store_url(watch->away);
}

const GError *store_watch_over(const StoreWatch *watch)
{
    return outage_is_over_limit(&watch->outage, limit_us(watch), clock_now_us()) ? watch->reason : NULL;
}

StoreWatch *store_watch_new(const StoreWatchOptions *options, GMainContext *context)
{
    StoreWatch *watch = g_new0(StoreWatch, 1);

    watch->options = *options;
    watch->context = context;
    outage_init(&watch->outage);
    watch->wake = timer_new(context, on_time, watch);
    watch->change = timer_new(context, on_time, watch);
    return watch;
}

void store_watch_free(StoreWatch *watch)
{
    if (watch == NULL)
        return;
    witness_free(watch->witness);
    timer_free(watch->wake);
    timer_free(watch->change);
    for (guint kind = 0; kind < OUTAGE_KINDS; kind++)
        g_clear_error(&watch->reasons[kind]);
    g_clear_error(&watch->reason);
    g_free(watch->known_key);
    g_free(watch);
}
