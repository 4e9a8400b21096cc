#include "daemon/session/heartbeat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/patience.h"
#include "base/timer.h"
#include "daemon/protocol/messages.h"
#include "daemon/session/sd_notify.h"

/* Time between pings, unless a short timeout or the service manager requires more of them. */
#define INTERVAL_US (10 * CLOCK_US_PER_S)

struct Heartbeat {
    HeartbeatOptions options;
    gint64 timeout_us; /* the supervisor is killed if it does not answer for this long */
    gint64 interval_us;
    SupervisorClient *supervisor;
    Timer *timer;
    Future *ping;      /* the ping that awaits its answer, or NULL */
    Patience *silence; /* runs while a ping awaits its answer */
    gboolean gave_up;
};

static void tell_beat(const Heartbeat *heartbeat)
{
    if (heartbeat->options.on_beat != NULL)
        heartbeat->options.on_beat(heartbeat->options.data);
}

static void on_pong(Future *ping, void *data)
{
    Heartbeat *heartbeat = data;
    const gboolean answered = future_result(ping, 0, NULL) != NULL;

    g_clear_pointer(&heartbeat->ping, future_unref);
    patience_unset(heartbeat->silence);
    if (answered)
        tell_beat(heartbeat);
}

/* Kills the supervisor; the supervisor starts another one. */
static void give_up(void *data)
{
    Heartbeat *heartbeat = data;
    g_autofree char *pid = g_strdup_printf("%d", (int)supervisor_client_pid(heartbeat->supervisor));
    g_autofree char *seconds =
        g_strdup_printf("%.1f", (double)heartbeat->timeout_us / (double)CLOCK_US_PER_S);

    log_event(LOG_ERROR, "the supervisor did not respond; killed", "pid", pid, "seconds", seconds, NULL);
    heartbeat->gave_up = TRUE;
    supervisor_client_kill(heartbeat->supervisor);
}

static void on_time(void *data)
{
    Heartbeat *heartbeat = data;
    const gint64 now_us = clock_now_us();

    timer_set(heartbeat->timer, now_us + heartbeat->interval_us);
    if (heartbeat->ping != NULL)
        return;
    if (!supervisor_client_is_ready(heartbeat->supervisor)) {
        tell_beat(heartbeat); /* a supervisor that is starting up has its own time limit */
    } else {
        heartbeat->ping =
            supervisor_client_ask(heartbeat->supervisor, TARGET_PING, g_variant_new("()"), NULL);
        if (heartbeat->ping != NULL) {
            patience_set(heartbeat->silence, heartbeat->timeout_us);
            future_add_done_callback(heartbeat->ping, on_pong, heartbeat);
        }
    }
}

gboolean heartbeat_gave_up(const Heartbeat *heartbeat)
{
    return heartbeat->gave_up;
}

Heartbeat *heartbeat_new(const HeartbeatOptions *options, SupervisorClient *supervisor, GMainContext *context)
{
    const gint64 watchdog_us = sd_notify_watchdog_us();
    Heartbeat *heartbeat = g_new0(Heartbeat, 1);

    heartbeat->options = *options;
    heartbeat->timeout_us = options->config->heartbeat_timeout_ms * CLOCK_US_PER_MS;
    heartbeat->interval_us = MIN(INTERVAL_US, heartbeat->timeout_us / 4);
    if (watchdog_us > 0)
        heartbeat->interval_us = MIN(heartbeat->interval_us, watchdog_us / 3);
    heartbeat->supervisor = supervisor;
    heartbeat->silence = patience_new(context, give_up, heartbeat);
    heartbeat->timer = timer_new(context, on_time, heartbeat);
    timer_set(heartbeat->timer, clock_now_us() + heartbeat->interval_us);
    return heartbeat;
}

void heartbeat_free(Heartbeat *heartbeat)
{
    if (heartbeat == NULL)
        return;
    if (heartbeat->ping != NULL)
        future_remove_done_callback(heartbeat->ping, on_pong, heartbeat);
    future_unref(heartbeat->ping);
    patience_free(heartbeat->silence);
    timer_free(heartbeat->timer);
    g_free(heartbeat);
}
