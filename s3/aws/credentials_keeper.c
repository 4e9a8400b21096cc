#include "s3/aws/credentials_keeper.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "s3/aws/credentials_fixed.h"

struct CredentialsKeeper {
    CredentialsProvider *provider;
    Credentials *current; /* NULL before the first fetch succeeds */
    gboolean is_fetching;
    Timer *renewal;
    Timer *delivery; /* set if some waits can be called back without a fetch */
    GQueue waits;    /* of CredentialsWait */
    guint telling;   /* active calls of deliver() */
    gboolean is_freed;
};

struct CredentialsWait {
    CredentialsKeeper *keeper;
    gboolean is_served; /* the awaited credentials are there */
    gboolean is_due;    /* to be called back by the running deliver() */
    CredentialsWaitFunc func;
    void *user;
};

static gint64 now_s(void)
{
    return clock_wall_us() / CLOCK_US_PER_S;
}

double credentials_renewal_s(gint64 now_s, gint64 expiry_s, double random)
{
    double left_s = (double)MAX(expiry_s - now_s, 0);
    double ahead_s = MIN(left_s / 2, CREDENTIALS_RENEW_AHEAD_S);

    return (double)now_s + left_s - ahead_s + random * ahead_s / 4;
}

static void keeper_destroy(CredentialsKeeper *keeper)
{
    credentials_provider_free(keeper->provider);
    timer_free(keeper->renewal);
    timer_free(keeper->delivery);
    credentials_unref(keeper->current);
    g_free(keeper);
}

static CredentialsWait *first_due(const CredentialsKeeper *keeper)
{
    for (const GList *link = keeper->waits.head; link != NULL; link = link->next)
        if (((const CredentialsWait *)link->data)->is_due)
            return link->data;
    return NULL;
}

/* A copy of failure, owned by the caller. Its class is ERROR_UNAVAILABLE if there were credentials before, as
 * a provider that has succeeded may succeed again. */
static GError *failure_of(const CredentialsKeeper *keeper, const GError *failure)
{
    GError *error = failure != NULL ? g_error_copy(failure) : NULL;

    if (error != NULL && keeper->current != NULL)
        error->code = ERROR_UNAVAILABLE;
    return error;
}

/* Calls back all waits, or only those that need no fetch. Waits that are added meanwhile are not called. A
 * callback may cancel other waits, and free the keeper. */
static void deliver(CredentialsKeeper *keeper, gboolean to_all, const GError *failure)
{
    g_autoptr(GError) error = failure_of(keeper, failure);
    CredentialsWait *wait;

    keeper->telling++;
    for (const GList *link = keeper->waits.head; link != NULL; link = link->next) {
        wait = link->data;
        wait->is_due |= to_all || wait->is_served;
    }
    while ((wait = first_due(keeper)) != NULL) {
        CredentialsWait told = *wait;

        credentials_wait_cancel(wait);
        told.func(told.is_served ? NULL : error, told.user);
    }
    if (--keeper->telling == 0 && keeper->is_freed)
        keeper_destroy(keeper);
}

static void deliver_served(void *data)
{
    deliver(data, FALSE, NULL);
}

static void set_renewal(CredentialsKeeper *keeper, double at_s)
{
    double delay_s = at_s - (double)clock_wall_us() / (double)CLOCK_US_PER_S;

    timer_set(keeper->renewal, clock_now_us() + (gint64)(MAX(delay_s, 1) * (double)CLOCK_US_PER_S));
}

static void on_fetched(Credentials *credentials, const GError *error, void *user)
{
    CredentialsKeeper *keeper = user;
    g_autoptr(GError) stale = NULL;
    gint64 expiry_s;

    keeper->is_fetching = FALSE;
    if (credentials != NULL && credentials_expiry_s(credentials) <= now_s()) {
        error_set(&stale, ERROR_TRANSIENT, "the credentials from %s have already expired",
                  credentials_source(credentials));
        credentials = NULL;
        error = stale;
    }
    if (credentials != NULL) {
        credentials_unref(keeper->current);
        keeper->current = credentials_ref(credentials);
    }
    expiry_s = keeper->current != NULL ? credentials_expiry_s(keeper->current) : CREDENTIALS_FOREVER;
    if (expiry_s != CREDENTIALS_FOREVER && credentials != NULL)
        set_renewal(keeper, credentials_renewal_s(now_s(), expiry_s, g_random_double()));
    else if (expiry_s != CREDENTIALS_FOREVER && expiry_s > now_s())
        set_renewal(keeper, (double)now_s() + MIN((double)(expiry_s - now_s()) / 8, CREDENTIALS_RETRY_S));
    deliver(keeper, TRUE, error);
}

static void fetch(void *data)
{
    CredentialsKeeper *keeper = data;

    if (keeper->is_fetching)
        return;
    timer_unset(keeper->renewal);
    keeper->is_fetching = TRUE;
    credentials_provider_fetch(keeper->provider, on_fetched, keeper);
}

static CredentialsKeeper *keeper_new(CredentialsProvider *provider, GMainContext *context)
{
    CredentialsKeeper *keeper = g_new0(CredentialsKeeper, 1);

    keeper->provider = provider;
    keeper->renewal = timer_new(context, fetch, keeper);
    keeper->delivery = timer_new(context, deliver_served, keeper);
    g_queue_init(&keeper->waits);
    return keeper;
}

CredentialsKeeper *credentials_keeper_new(CredentialsProvider *provider, GMainContext *context)
{
    CredentialsKeeper *keeper = keeper_new(provider, context);

    fetch(keeper);
    return keeper;
}

CredentialsKeeper *credentials_keeper_new_fixed(Credentials *credentials, GMainContext *context)
{
    CredentialsKeeper *keeper = keeper_new(credentials_fixed_new(credentials, context), context);

    keeper->current = credentials_ref(credentials);
    return keeper;
}

void credentials_keeper_free(CredentialsKeeper *keeper)
{
    if (keeper == NULL)
        return;
    keeper->is_freed = TRUE;
    if (keeper->telling == 0)
        keeper_destroy(keeper);
}

Credentials *credentials_keeper_current(CredentialsKeeper *keeper)
{
    if (keeper->current == NULL || credentials_expiry_s(keeper->current) <= now_s())
        return NULL;
    return keeper->current;
}

CredentialsWait *credentials_keeper_await(CredentialsKeeper *keeper, const Credentials *refused,
                                          CredentialsWaitFunc func, void *user)
{
    CredentialsWait *wait = g_new0(CredentialsWait, 1);
    const Credentials *current = credentials_keeper_current(keeper);

    *wait = (CredentialsWait){
        .keeper = keeper, .is_served = current != NULL && current != refused, .func = func, .user = user};
    g_queue_push_tail(&keeper->waits, wait);
    if (wait->is_served)
        timer_set(keeper->delivery, 0);
    else
        fetch(keeper);
    return wait;
}

void credentials_keeper_renew(CredentialsKeeper *keeper, const Credentials *refused)
{
    const Credentials *current = credentials_keeper_current(keeper);

    if (current == NULL || current == refused)
        fetch(keeper);
}

void credentials_wait_cancel(CredentialsWait *wait)
{
    if (wait == NULL)
        return;
    g_queue_remove(&wait->keeper->waits, wait);
    g_free(wait);
}
