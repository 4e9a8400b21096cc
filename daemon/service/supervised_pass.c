#include "daemon/service/supervised_pass.h"

#include "base/clock.h"

gboolean supervised_pass_runs(const SupervisedPass *pass)
{
    return pass->future != NULL;
}

gint64 supervised_pass_elapsed_us(const SupervisedPass *pass)
{
    return supervised_pass_runs(pass) ? MAX(clock_now_us() - pass->start_us, 1) : 0;
}

pid_t supervised_pass_pid(const SupervisedPass *pass)
{
    return pass->supervisor != NULL ? supervisor_client_pid(pass->supervisor) : 0;
}

void supervised_pass_watch(SupervisedPass *pass, const HeartbeatOptions *options, GMainContext *context)
{
    heartbeat_free(pass->heartbeat);
    pass->heartbeat = heartbeat_new(options, pass->supervisor, context);
}

Future *supervised_pass_ask(const SupervisedPass *pass, const char *target, GVariant *args)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(args);

    return pass->supervisor != NULL ? supervisor_client_ask(pass->supervisor, target, value, NULL) : NULL;
}

gboolean supervised_pass_terminate(const SupervisedPass *pass, pid_t pid)
{
    return pass->supervisor != NULL && supervisor_client_terminate(pass->supervisor, pid);
}

RunReport *supervised_pass_take_report(SupervisedPass *pass, GError **error)
{
    g_autoptr(GError) failure = NULL;
    GVariant *value = future_result(pass->future, 0, &failure);
    RunReport *report = value != NULL ? report_from_variant(value, &failure) : NULL;

    claim_end(g_steal_pointer(&pass->claim), report, report == NULL ? failure->message : NULL);
    g_clear_pointer(&pass->future, future_unref);
    if (report == NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return report;
}

void supervised_pass_clear(SupervisedPass *pass, FutureFunc on_done, void *data)
{
    if (pass->future != NULL)
        future_remove_done_callback(pass->future, on_done, data);
    g_clear_pointer(&pass->future, future_unref);
    claim_end(g_steal_pointer(&pass->claim), NULL, "killed");
    g_clear_pointer(&pass->heartbeat, heartbeat_free);
    g_clear_pointer(&pass->supervisor, supervisor_client_free);
}
