#include "daemon/service/service_status.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/session/progress_bar.h"
#include "daemon/session/sd_notify.h"
#include "schedule/timetable.h"

#define MAX_COLUMNS 200u

/* How often progress is sent to the service manager. */
#define STATUS_INTERVAL_US (1 * CLOCK_US_PER_S)

static const char *const phase_names[] = {
    [SERVICE_STARTING] = "starting", [SERVICE_IDLE] = "idle",       [SERVICE_PASS] = "pass",
    [SERVICE_DRAINING] = "draining", [SERVICE_DRAINED] = "drained", [SERVICE_DEGRADED] = "degraded",
    [SERVICE_STOPPING] = "stopping",
};

const char *service_phase_name(ServicePhase phase)
{
    return phase_names[phase];
}

static void append_next_pass(const ServiceStatus *status, GString *text)
{
    g_autofree char *time = NULL;

    if (status->next_pass_us == SCHEDULE_NEVER)
        return;
    time = clock_format_local(status->next_pass_us);
    g_string_append_printf(text, "; next pass %s", time);
}

/* Appends an estimate of the time until the objects in flight are finished, from the speed so far. */
static void append_end(const ServiceStatus *status, GString *text)
{
    if (status->forecast.per_second > 0)
        g_string_append_printf(text, ", about %.0f s left",
                               (double)status->progress.in_flight / status->forecast.per_second);
}

char *service_status_text(const ServiceStatus *status)
{
    GString *text = g_string_new(phase_names[status->phase]);

    if (status->pass_elapsed_us > 0) {
        g_autofree char *bar = progress_bar_text(&status->progress, &status->forecast, MAX_COLUMNS);

        g_string_append_printf(text, ": %s, %" G_GUINT64_FORMAT " in flight", bar,
                               status->progress.in_flight);
        if (status->phase == SERVICE_STOPPING || status->phase == SERVICE_DRAINING)
            append_end(status, text);
    }
    if (status->phase == SERVICE_IDLE)
        append_next_pass(status, text);
    if (status->old_supervisor != 0)
        g_string_append_printf(text, "; supervisor %d is finishing its objects in flight",
                               (int)status->old_supervisor);
    if (status->trouble != NULL)
        g_string_append_printf(text, "; last failure: %s", status->trouble);
    if (status->retry_us > 0)
        g_string_append_printf(text, "; next attempt in %" G_GINT64_FORMAT " s",
                               (status->retry_us + CLOCK_US_PER_S - 1) / CLOCK_US_PER_S);
    return g_string_free(text, FALSE);
}

void service_tell_status(const ServiceStatus *status, StatusLine *line, gboolean at_once)
{
    const gint64 now_us = clock_now_us();
    g_autofree char *text = NULL;

    if (!at_once && now_us - line->time_us < STATUS_INTERVAL_US)
        return;
    text = service_status_text(status);
    if (g_strcmp0(text, line->text) == 0)
        return;
    sd_notify_send("STATUS=%s", text);
    g_free(line->text);
    *line = (StatusLine){g_steal_pointer(&text), now_us};
}

static char *number_text(guint64 number)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT, number);
}

void service_log_status(const ServiceStatus *status)
{
    g_autofree char *text = NULL;
    g_autofree char *uptime = NULL;
    g_autofree char *passes = NULL;
    g_autofree char *restarts = NULL;
    g_autofree char *pid = NULL;

    text = service_status_text(status);
    uptime = number_text((guint64)(status->uptime_us / CLOCK_US_PER_S));
    passes = number_text(status->passes);
    restarts = number_text(status->restarts);
    pid = number_text((guint64)status->supervisor);
    log_event(LOG_INFO, "status", "state", text, "uptime_s", uptime, "passes", passes, "supervisor", pid,
              "restarts", restarts, NULL);
}

const char *pass_result_text(const PassResult *result)
{
    switch (result->exit) {
    case EXIT_CODE_DONE:
        return result->left > 0 ? "finished; outputs of another recipe are left as they are"
                                : "everything is up to date";
    case EXIT_CODE_FAILED:
        if (result->failed > 0)
            return "finished, but some objects failed";
        if (result->withheld > 0)
            return "finished, but outputs are missing or stale: the configuration is older than a recipe in "
                   "force";
        return result->left_alone > 0 ? "finished, but objects that failed earlier were not retried"
                                      : "finished, but parts of a directory could not be listed";
    case EXIT_CODE_STOPPED: return "stopped early; work remains";
    default: return "the stores cannot be used";
    }
}

PassResult service_log_pass(const RunReport *report, gint64 elapsed_us)
{
    const PassResult result = {.ended_us = clock_wall_us(),
                               .seconds = (double)elapsed_us / (double)CLOCK_US_PER_S,
                               .exit = report->exit,
                               .done = report->objects.done,
                               .up_to_date = report->skip_reasons.up_to_date,
                               .archived = report->skip_reasons.archived,
                               .failed = report->objects.failed,
                               .left_alone = report_left_alone(report),
                               .unlisted = report->unlisted.source + report->unlisted.destination,
                               .made = report->outputs.made,
                               .left = report->comparison.left,
                               .withheld = report->comparison.withheld};
    const guint64 not_fresh =
        report->comparison.missing + report->comparison.older + report->comparison.other_recipe;
    g_autofree char *message = g_strdup_printf("pass: %s", pass_result_text(&result));
    g_autofree char *done = number_text(result.done);
    g_autofree char *up_to_date = number_text(result.up_to_date);
    g_autofree char *archived = result.archived > 0 ? number_text(result.archived) : NULL;
    g_autofree char *failed = number_text(result.failed);
    g_autofree char *left_alone = number_text(result.left_alone);
    g_autofree char *unlisted = result.unlisted > 0 ? number_text(result.unlisted) : NULL;
    g_autofree char *outputs = number_text(result.made);
    g_autofree char *missing = not_fresh > 0 ? number_text(report->comparison.missing) : NULL;
    g_autofree char *older = not_fresh > 0 ? number_text(report->comparison.older) : NULL;
    g_autofree char *other_recipe = not_fresh > 0 ? number_text(report->comparison.other_recipe) : NULL;
    g_autofree char *seconds = g_strdup_printf("%.1f", result.seconds);

    log_event(report->exit == EXIT_CODE_DONE ? LOG_INFO : LOG_WARNING, message, "run", report->run, "done",
              done, "up_to_date", up_to_date, "archived", archived, "failed", failed, "left_alone",
              left_alone, "unlisted", unlisted, "outputs", outputs, "missing", missing, "older", older,
              "other_recipe", other_recipe, "seconds", seconds, NULL);
    return result;
}
