#include "daemon/supervisor/pass_meter.h"

#include "base/clock.h"
#include "daemon/supervisor/pass_state.h"

/* Adds what the report counts. It does not have this process's own requests before it is finished. */
static void add_report(const Pass *pass, Meter *meter)
{
    const RunReport *report = pass->report;
    const guint64 named = report->skip_reasons.up_to_date + report->skip_reasons.archived;

    meter->objects.done = report->objects.done;
    meter->objects.up_to_date = report->skip_reasons.up_to_date;
    meter->objects.archived = report->skip_reasons.archived;
    meter->objects.other = report->objects.skipped - MIN(report->objects.skipped, named);
    meter->objects.remembered = report->objects.remembered;
    meter->objects.postponed = report->objects.postponed;
    meter->objects.failed = report->objects.failed;
    meter->outputs.made = report->outputs.made;
    meter->outputs.up_to_date = report->outputs.up_to_date;
    meter->bytes.in = report->bytes.in;
    meter->bytes.out = report->bytes.out;
    meter->requests = report->requests;
    request_counters_add(&meter->requests, &pass->stores->counters);
    meter->processes.workers_started = report->processes.workers_started;
    meter->processes.imagers_started = report->processes.imagers_started;
}

void pass_tell_meter(Pass *pass)
{
    Meter meter = {0}, increments;
    MeterGauges gauges = {0};

    pass->told_us = clock_now_us();
    if (pass->options.on_meter == NULL)
        return;
    if (pass->dispatcher != NULL)
        dispatcher_read_meter(pass->dispatcher, &meter, &gauges);
    add_report(pass, &meter);
    increments = meter_since(&meter, &pass->told);
    pass->told = meter;
    pass->options.on_meter(&increments, &gauges, pass->options.data);
}
