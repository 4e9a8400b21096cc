#include "daemon/handover.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/heartbeat.h"
#include "daemon/messages.h"
#include "daemon/service.h"

struct Handover {
    HandoverOptions options;
    Heartbeat *heartbeat; /* NULL: it is over */
};

static void on_died(const char *obituary, void *data)
{
    (void)data;
    log_event(LOG_WARNING, "the old supervisor died; the new one makes what it had in flight", "obituary",
              obituary, NULL);
}

static void on_pass_done(Future *pass, void *data)
{
    Handover *handover = data;
    GVariant *value = future_result(pass, 0, NULL);
    g_autoptr(RunReport) report = value != NULL ? report_from_variant(value, NULL) : NULL;

    if (report != NULL)
        service_log_pass(report, clock_now_us() - handover->options.pass_start_us);
    claim_end(g_steal_pointer(&handover->options.claim), report);
    g_clear_pointer(&handover->options.pass, future_unref);
    g_clear_pointer(&handover->heartbeat, heartbeat_free);
    supervision_close(handover->options.supervision, FALSE);
    handover->options.on_over(handover->options.data);
}

Handover *handover_new(const HandoverOptions *options, GMainContext *context)
{
    Handover *handover = g_new0(Handover, 1);

    handover->options = *options;
    supervision_listen(options->supervision, &(SupervisionOptions){.on_died = on_died});
    handover->heartbeat =
        heartbeat_new(&(HeartbeatOptions){.config = options->config}, options->supervision, context);
    future_add_done_callback(options->pass, on_pass_done, handover);
    return handover;
}

gboolean handover_is_over(const Handover *handover)
{
    return handover->options.pass == NULL;
}

const Claim *handover_claim(const Handover *handover)
{
    return handover->options.claim;
}

void handover_stop(Handover *handover, gboolean at_once)
{
    if (!handover_is_over(handover))
        future_unref(supervision_ask(handover->options.supervision, TARGET_STOP,
                                     g_variant_new(STOP_ARGS_TYPE, at_once), NULL));
}

gboolean handover_terminate(Handover *handover, pid_t pid)
{
    return supervision_terminate(handover->options.supervision, pid);
}

void handover_free(Handover *handover)
{
    if (handover == NULL)
        return;
    if (handover->options.pass != NULL)
        future_remove_done_callback(handover->options.pass, on_pass_done, handover);
    future_unref(handover->options.pass);
    claim_end(handover->options.claim, NULL);
    heartbeat_free(handover->heartbeat);
    supervision_free(handover->options.supervision);
    g_free(handover);
}
