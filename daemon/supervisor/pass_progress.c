#include "daemon/supervisor/pass_progress.h"

#include "base/clock.h"
#include "daemon/protocol/progress.h"
#include "daemon/supervisor/pass_fates.h"
#include "daemon/supervisor/pass_meter.h"
#include "daemon/supervisor/pass_state.h"

/* Listed fraction of the source from which on the total is estimated. */
#define SHARE_MIN 0.02

/* Estimate of the number of objects that the whole listing will have. A small fraction is a bad base for it;
 * for a bucket the fraction is unknown, but a bucket is mostly as large as the last time. 0 if unknown. */
static guint64 expected_total(const Pass *pass)
{
    const guint64 listed = pass->report->objects.listed;

    if (pass->all_listed)
        return listed;
    if (pass->share >= SHARE_MIN)
        return MAX(listed, (guint64)((double)listed / pass->share));
    return pass->last_listed > listed ? pass->last_listed : 0;
}

static void add_wait(const Pass *pass, Progress *progress)
{
    const char *url = store_watch_away(pass->watch, &progress->waits_since_s);

    if (url != NULL)
        progress->waits_for =
            url == store_url(pass->stores->source) ? WAITS_FOR_SOURCE : WAITS_FOR_DESTINATION;
}

void pass_tell_progress(void *data)
{
    Pass *pass = data;
    const RunReport *report = pass->report;
    Progress progress = {.listed = report->objects.listed,
                         .done = report->objects.done,
                         .skipped = report->objects.skipped + report_left_alone(report),
                         .failed = report->objects.failed,
                         .made = report->outputs.made,
                         .in_flight = pass->dispatcher != NULL ? dispatcher_in_flight(pass->dispatcher) : 0,
                         .all_listed = pass->all_listed,
                         .total = expected_total(pass)};

    add_wait(pass, &progress);
    pass->options.on_progress(&progress, pass->options.data);
    if (clock_now_us() - pass->told_us >= PASS_METER_INTERVAL_US) {
        pass_tell_meter(pass);
        pass_fates_flush(pass);
    }
    timer_set(pass->progress, clock_now_us() + PASS_PROGRESS_INTERVAL_US);
    pass_poke(pass); /* the receiver of the progress may have caught up */
}
