#include "daemon/service/handover.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/protocol/messages.h"
#include "daemon/session/heartbeat.h"

struct Handover {
    HandoverOptions options;
    GMainContext *context;

    Config *config; /* of the successor, until it takes over; set together with successor */
    SupervisorClient *successor;
    Future *stop;        /* the stop request to the current pass; NULL if not sent, or answered */
    GVariant *in_flight; /* the answer to stop, or NULL if unknown */

    SupervisorClient *old; /* the supervisor that had a pass, or NULL; closed when that pass has ended */
    Heartbeat *heartbeat;
    Future *pass; /* the pass of old, or NULL once it has ended; set together with claim, pass_start_us and
                   * held */
    Claim *claim;
    gint64 pass_start_us;
    GVariant *held;

    SupervisorClient *idle; /* the last supervisor replaced without a pass: closed, about to exit */
};

Handover *handover_new(const HandoverOptions *options, GMainContext *context)
{
    Handover *handover = g_new0(Handover, 1);

    handover->options = *options;
    handover->context = context;
    return handover;
}

/* The successor */

void handover_prepare(Handover *handover, Config *config, SupervisorClient *successor)
{
    config_free(handover->config);
    handover->config = config;
    if (successor != NULL)
        handover->successor = successor;
}

gboolean handover_is_prepared(const Handover *handover)
{
    return handover->successor != NULL;
}

static void on_stop_answered(Future *stop, void *data)
{
    Handover *handover = data;
    GVariant *answer = future_result(stop, 0, NULL);

    if (answer != NULL && g_variant_is_of_type(answer, G_VARIANT_TYPE(STOP_RESULT_TYPE)))
        g_variant_get(answer, "(m@" HELD_TYPE ")", &handover->in_flight);
    g_clear_pointer(&handover->stop, future_unref);
    handover->options.on_change(handover->options.data);
}

void handover_await(Handover *handover, Future *stop)
{
    handover_forget_pass(handover);
    handover->stop = stop;
    future_add_done_callback(stop, on_stop_answered, handover);
}

void handover_forget_pass(Handover *handover)
{
    if (handover->stop != NULL)
        future_remove_done_callback(handover->stop, on_stop_answered, handover);
    g_clear_pointer(&handover->stop, future_unref);
    g_clear_pointer(&handover->in_flight, g_variant_unref);
}

gboolean handover_may_begin(const Handover *handover, gboolean has_pass)
{
    return handover->successor != NULL &&
           (!has_pass || (handover->in_flight != NULL && !handover_is_under_way(handover)));
}

/* The old supervisor */

static void on_old_died(const char *obituary, void *data)
{
    (void)data;
    log_event(LOG_WARNING, "the old supervisor died; the new one processes its objects in flight", "obituary",
              obituary, NULL);
}

static void on_old_pass_done(Future *pass, void *data)
{
    Handover *handover = data;
    g_autoptr(GError) error = NULL;
    GVariant *value = future_result(pass, 0, &error);
    g_autoptr(RunReport) report = value != NULL ? report_from_variant(value, &error) : NULL;
    PassResult result = {0};

    if (report != NULL)
        result = service_log_pass(report, clock_now_us() - handover->pass_start_us);
    claim_end(g_steal_pointer(&handover->claim), report, error != NULL ? error->message : NULL);
    g_clear_pointer(&handover->held, g_variant_unref);
    g_clear_pointer(&handover->heartbeat, heartbeat_free);
    g_clear_pointer(&handover->pass, future_unref);
    supervisor_client_close(handover->old, FALSE);
    handover->options.on_over(report != NULL ? &result : NULL, handover->options.data);
}

static void let_idle_go(Handover *handover, SupervisorClient *supervisor)
{
    supervisor_client_free(handover->idle);
    handover->idle = supervisor;
    if (supervisor != NULL)
        supervisor_client_close(supervisor, FALSE);
}

static void let_finish(Handover *handover, const HandoverFrom *from)
{
    supervisor_client_free(handover->old);
    handover->old = from->supervisor;
    handover->pass = from->pass;
    handover->claim = from->claim;
    handover->pass_start_us = from->pass_start_us;
    handover->held = g_steal_pointer(&handover->in_flight);
    supervisor_client_listen(handover->old, &(SupervisorClientOptions){.on_died = on_old_died});
    handover->heartbeat =
        heartbeat_new(&(HeartbeatOptions){.config = from->config}, handover->old, handover->context);
    future_add_done_callback(handover->pass, on_old_pass_done, handover);
}

void handover_begin(Handover *handover, const HandoverFrom *from, Config **ret_config,
                    SupervisorClient **ret_successor)
{
    if (from->pass != NULL)
        let_finish(handover, from);
    else
        let_idle_go(handover, from->supervisor);
    handover_forget_pass(handover);
    *ret_config = g_steal_pointer(&handover->config);
    *ret_successor = g_steal_pointer(&handover->successor);
}

gboolean handover_is_under_way(const Handover *handover)
{
    return handover->pass != NULL;
}

pid_t handover_pid(const Handover *handover)
{
    return handover->pass != NULL ? supervisor_client_pid(handover->old) : 0;
}

const Claim *handover_claim(const Handover *handover)
{
    return handover->claim;
}

GVariant *handover_held(const Handover *handover)
{
    return handover->held;
}

Future *handover_ask(Handover *handover, const char *target, GVariant *args)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(args);

    return handover->pass != NULL ? supervisor_client_ask(handover->old, target, value, NULL) : NULL;
}

void handover_stop(Handover *handover, gboolean at_once)
{
    future_unref(handover_ask(handover, TARGET_STOP, g_variant_new(STOP_ARGS_TYPE, at_once)));
}

gboolean handover_terminate(Handover *handover, pid_t pid)
{
    return handover->old != NULL && supervisor_client_terminate(handover->old, pid);
}

void handover_free(Handover *handover)
{
    if (handover == NULL)
        return;
    handover_forget_pass(handover);
    if (handover->pass != NULL)
        future_remove_done_callback(handover->pass, on_old_pass_done, handover);
    future_unref(handover->pass);
    claim_end(handover->claim, NULL, "killed");
    g_clear_pointer(&handover->held, g_variant_unref);
    heartbeat_free(handover->heartbeat);
    supervisor_client_free(handover->old);
    supervisor_client_free(handover->successor);
    supervisor_client_free(handover->idle);
    config_free(handover->config);
    g_free(handover);
}
