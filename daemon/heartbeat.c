#include "daemon/heartbeat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"

struct Heartbeat {
    HeartbeatOptions options;
    Supervision *supervision;
    Timer *timer;
    Future *ping; /* NULL: none is under way */
    gint64 sent_us;
};

static void on_pong(Future *ping, void *data)
{
    Heartbeat *heartbeat = data;
    const gboolean answered = future_result(ping, 0, NULL) != NULL;

    g_clear_pointer(&heartbeat->ping, future_unref);
    if (answered)
        heartbeat->options.on_beat(heartbeat->options.data);
}

/* Kills it; its replacement is the supervision's affair. */
static void give_up(const Heartbeat *heartbeat)
{
    g_autofree char *pid = g_strdup_printf("%d", (int)supervision_pid(heartbeat->supervision));
    g_autofree char *seconds =
        g_strdup_printf("%.1f", (double)heartbeat->options.timeout_us / (double)CLOCK_US_PER_S);

    log_event(LOG_ERROR, "the supervisor does not answer; killed", "pid", pid, "seconds", seconds, NULL);
    supervision_kill(heartbeat->supervision);
}

static void on_time(void *data)
{
    Heartbeat *heartbeat = data;
    const gint64 now_us = clock_now_us();

    timer_set(heartbeat->timer, now_us + heartbeat->options.interval_us);
    if (heartbeat->ping != NULL) {
        if (now_us - heartbeat->sent_us >= heartbeat->options.timeout_us)
            give_up(heartbeat);
    } else if (!supervision_is_ready(heartbeat->supervision)) {
        heartbeat->options.on_beat(heartbeat->options.data); /* one that starts has its own time limit */
    } else {
        heartbeat->sent_us = now_us;
        heartbeat->ping = supervision_ask(heartbeat->supervision, TARGET_PING, g_variant_new("()"), NULL);
        if (heartbeat->ping != NULL)
            future_add_done_callback(heartbeat->ping, on_pong, heartbeat);
    }
}

Heartbeat *heartbeat_new(const HeartbeatOptions *options, Supervision *supervision, GMainContext *context)
{
    Heartbeat *heartbeat = g_new0(Heartbeat, 1);

    heartbeat->options = *options;
    heartbeat->supervision = supervision;
    heartbeat->timer = timer_new(context, on_time, heartbeat);
    timer_set(heartbeat->timer, clock_now_us() + options->interval_us);
    return heartbeat;
}

void heartbeat_free(Heartbeat *heartbeat)
{
    if (heartbeat == NULL)
        return;
    if (heartbeat->ping != NULL)
        future_remove_done_callback(heartbeat->ping, on_pong, heartbeat);
    future_unref(heartbeat->ping);
    timer_free(heartbeat->timer);
    g_free(heartbeat);
}
