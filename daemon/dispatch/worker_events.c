#include "daemon/dispatch/worker_events.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text_cut.h"
#include "daemon/dispatch/countersign.h"
#include "daemon/dispatch/flight.h"
#include "daemon/dispatch/worker_status.h"
#include "daemon/protocol/messages.h"

void worker_events_on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                            void *data)
{
    const WorkerEvents *events = data;

    if (event == CHILD_STARTED)
        events->report->processes.workers_started++;
    if (event == CHILD_DIED) {
        events->report->processes.crashes++;
        events->meter->processes.workers_died++;
        log_event(LOG_WARNING, "a worker died; its objects are given to another worker", "obituary", text,
                  NULL);
        worker_obituaries_add(events->obituaries, executor, process_pid(process), text);
    }
}

/* Deaths of imagers that are logged one by one, per second on average. A compromised worker may report any
 * number of deaths, and so may its successor. */
#define DEATHS_PER_S 2u

static void log_death(WorkerEvents *events, const char *text)
{
    g_autofree char *obituary = text_cut(text, TEXT_REASON_BYTES);
    g_autofree char *unlogged = events->unlogged > 0 ? g_strdup_printf("%u", events->unlogged) : NULL;

    if (!chatter_allows_note(&events->deaths, DEATHS_PER_S, clock_now_us())) {
        events->unlogged++;
        return;
    }
    log_event(LOG_WARNING, "an imager died", "obituary", obituary, "not_logged_before", unlogged, NULL);
    events->unlogged = 0;
}

void worker_events_on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data)
{
    WorkerEvents *events = data;
    const char *text;
    gboolean started;

    (void)executor;
    if (g_strcmp0(name, NOTE_IMAGER) != 0 || !g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_IMAGER_TYPE)))
        return;
    g_variant_get(value, "(b&s)", &started, &text);
    if (started) {
        events->report->processes.imagers_started++;
    } else {
        events->report->processes.crashes++;
        events->meter->processes.imagers_died++;
        log_death(events, text);
    }
}

/* Answers a worker's question about the object that it has; the executor knows which one that is. */
GVariant *worker_events_on_ask(ProcessExecutor *executor, const Future *task, const char *name,
                               GVariant *value, void *data, GError **error)
{
    const WorkerEvents *events = data;
    const Flight *flight = task != NULL ? g_hash_table_lookup(events->flights, task) : NULL;
    const Countersigning signing = {.config = events->config,
                                    .destination = events->destination,
                                    .task = flight != NULL ? flight->task : NULL,
                                    .object = flight != NULL ? flight->object : NULL};

    (void)executor;
    return countersign(&signing, name, value, error);
}
