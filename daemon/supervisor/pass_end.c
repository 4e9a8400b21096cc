#include "daemon/supervisor/pass_end.h"

#include "daemon/protocol/exit_code.h"
#include "daemon/supervisor/pass_fates.h"
#include "daemon/supervisor/pass_log.h"
#include "daemon/supervisor/pass_meter.h"
#include "daemon/supervisor/pass_progress.h"
#include "daemon/supervisor/pass_state.h"
#include "daemon/supervisor/pass_verify.h"

/* Whether the destination may lack outputs: also of objects that were not tried, or could not be listed. */
static gboolean something_failed(const RunReport *report)
{
    return report->objects.failed + report_left_alone(report) + report->unlisted.source +
               report->unlisted.destination + report->comparison.withheld + report->orphans.refused +
               report->orphans.failed >
           0;
}

gboolean pass_fails_alike(const Pass *pass)
{
    return pass->dispatcher != NULL && alike_verdict(dispatcher_alike(pass->dispatcher)) == ALIKE_YES;
}

static ExitCode exit_code(const Pass *pass)
{
    if (pass->unusable)
        return EXIT_CODE_UNUSABLE;
    if (!pass->all_listed || pass->left > 0 || pass_fails_alike(pass) ||
        (pass->dispatcher != NULL && dispatcher_left(pass->dispatcher) > 0))
        return EXIT_CODE_STOPPED;
    return something_failed(pass->report) || pass_verify_has_findings(pass) ? EXIT_CODE_FAILED
                                                                            : EXIT_CODE_DONE;
}

static void tell_recipes(const Pass *pass)
{
    const RunReport *report = pass->report;

    if (report->comparison.left > 0 && report->recipes.former == 0 && !pass->options.dry_run)
        pass_log_left(report->comparison.left);
    if (report->comparison.withheld > 0 && !pass->options.dry_run)
        pass_log_withheld(report->comparison.withheld);
}

/* All workers have ended: the pass is over. */
static void on_closed(void *data)
{
    Pass *pass = data;

    g_clear_pointer(&pass->memory, failure_memory_free);
    tell_recipes(pass);
    pass_tell_progress(pass);
    pass_tell_meter(pass);
    timer_unset(pass->progress);
    patience_unset(pass->deadline);
    stores_count(pass->stores, pass->report);
    pass->report->exit = (gint32)exit_code(pass);
    pass_fates_flush(pass);
    pass->options.on_finished(pass->report, pass->options.data);
}

void pass_finish(Pass *pass)
{
    pass->finished = TRUE;
    if (pass->dispatcher != NULL)
        dispatcher_close(pass->dispatcher, on_closed, pass);
    else
        on_closed(pass);
}
