#include "daemon/service/handover.h"

#include "base/log.h"
#include "config/config.h"
#include "daemon/protocol/messages.h"

struct Handover {
    HandoverOptions options;
    GMainContext *context;

    Config *config; /* of the successor, until it takes over; set together with successor */
    SupervisorClient *successor;
    Future *question;    /* what the current pass has in flight; NULL if not asked, or answered */
    GVariant *in_flight; /* its answer, or NULL if unknown */

    SupervisedPass old; /* the supervisor that had a pass; closed when that pass has ended */
    GVariant *held;     /* objects that it has in flight, as long as its pass runs */

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

static void on_in_flight(Future *question, void *data)
{
    Handover *handover = data;
    GVariant *answer = future_result(question, 0, NULL);

    if (answer != NULL && g_variant_is_of_type(answer, G_VARIANT_TYPE(IN_FLIGHT_RESULT_TYPE)))
        g_variant_get(answer, "(m@" HELD_TYPE ")", &handover->in_flight);
    g_clear_pointer(&handover->question, future_unref);
    handover->options.on_change(handover->options.data);
}

void handover_await(Handover *handover, Future *question)
{
    handover_forget_pass(handover);
    handover->question = question;
    if (question != NULL)
        future_add_done_callback(question, on_in_flight, handover);
}

void handover_forget_pass(Handover *handover)
{
    if (handover->question != NULL)
        future_remove_done_callback(handover->question, on_in_flight, handover);
    g_clear_pointer(&handover->question, future_unref);
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

/* The state of the current pass is not the old supervisor's to tell. */
static void on_old_meter(const Meter *increments, const MeterGauges *gauges, void *data)
{
    const Handover *handover = data;

    (void)gauges;
    handover->options.on_meter(increments, NULL, handover->options.data);
}

static void on_old_pass_done(Future *future, void *data)
{
    Handover *handover = data;
    const gint64 elapsed_us = supervised_pass_elapsed_us(&handover->old);
    g_autoptr(RunReport) report = supervised_pass_take_report(&handover->old, NULL);
    PassResult result = {0};

    (void)future;
    if (report != NULL)
        result = service_log_pass(report, elapsed_us);
    g_clear_pointer(&handover->held, g_variant_unref);
    g_clear_pointer(&handover->old.heartbeat, heartbeat_free);
    supervisor_client_close(handover->old.supervisor, FALSE);
    handover->options.on_over(report != NULL ? &result : NULL, handover->options.data);
}

static void let_idle_go(Handover *handover, SupervisedPass *from)
{
    supervisor_client_free(handover->idle);
    handover->idle = g_steal_pointer(&from->supervisor);
    g_clear_pointer(&from->heartbeat, heartbeat_free);
    if (handover->idle != NULL)
        supervisor_client_close(handover->idle, FALSE);
}

static void let_finish(Handover *handover, SupervisedPass *from, const Config *config)
{
    supervised_pass_clear(&handover->old, on_old_pass_done, handover);
    handover->old = *from;
    *from = (SupervisedPass){0};
    handover->held = g_steal_pointer(&handover->in_flight);
    supervisor_client_listen(
        handover->old.supervisor,
        &(SupervisorClientOptions){.on_died = on_old_died, .on_meter = on_old_meter, .data = handover});
    supervised_pass_watch(&handover->old, &(HeartbeatOptions){.config = config}, handover->context);
    future_add_done_callback(handover->old.future, on_old_pass_done, handover);
}

void handover_begin(Handover *handover, SupervisedPass *from, const Config *config, Config **ret_config,
                    SupervisorClient **ret_successor)
{
    if (supervised_pass_runs(from))
        let_finish(handover, from, config);
    else
        let_idle_go(handover, from);
    handover_forget_pass(handover);
    *ret_config = g_steal_pointer(&handover->config);
    *ret_successor = g_steal_pointer(&handover->successor);
}

gboolean handover_is_under_way(const Handover *handover)
{
    return supervised_pass_runs(&handover->old);
}

pid_t handover_pid(const Handover *handover)
{
    return handover_is_under_way(handover) ? supervised_pass_pid(&handover->old) : 0;
}

const Claim *handover_claim(const Handover *handover)
{
    return handover->old.claim;
}

GVariant *handover_held(const Handover *handover)
{
    return handover->held;
}

Future *handover_ask(Handover *handover, const char *target, GVariant *args)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(args);

    return handover_is_under_way(handover) ? supervised_pass_ask(&handover->old, target, value) : NULL;
}

void handover_stop(Handover *handover, gboolean at_once)
{
    future_unref(handover_ask(handover, TARGET_STOP, g_variant_new(STOP_ARGS_TYPE, at_once)));
}

gboolean handover_terminate(Handover *handover, pid_t pid)
{
    return supervised_pass_terminate(&handover->old, pid);
}

void handover_free(Handover *handover)
{
    if (handover == NULL)
        return;
    handover_forget_pass(handover);
    supervised_pass_clear(&handover->old, on_old_pass_done, handover);
    g_clear_pointer(&handover->held, g_variant_unref);
    supervisor_client_free(handover->successor);
    supervisor_client_free(handover->idle);
    config_free(handover->config);
    g_free(handover);
}
