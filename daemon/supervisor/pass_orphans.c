#include "daemon/supervisor/pass_orphans.h"

#include "base/error.h"
#include "base/log.h"
#include "daemon/state/state_files.h"
#include "daemon/supervisor/pass_state.h"

static void on_deleted(const char *output_key, void *data)
{
    const Pass *pass = data;

    if (pass->options.is_collection)
        pass->options.on_plan("", output_key, pass->options.data);
}

static void on_done(void *data)
{
    Pass *pass = data;

    pass->is_collecting = FALSE;
    pass_poke(pass);
}

static DeletionLimit limit_of(const Pass *pass)
{
    const char *text = pass->options.max_delete;
    DeletionLimit limit = {0};

    if (text == NULL || *text == '\0')
        text = pass->options.config->destination.max_delete;
    (void)deletion_limit_parse(text, &limit); /* it was checked; nothing would be deleted otherwise */
    return limit;
}

static Collector *open_collector(Pass *pass, GError **error)
{
    g_autofree char *aside = NULL;

    if (pass->order == NULL) {
        error_set(error, ERROR_CONFIG, "the key templates do not tell of which original an output is");
        return NULL;
    }
    if (pass->options.ledger == NULL) {
        error_set(error, ERROR_CONFIG,
                  "there is no state directory, which tells since when an orphan is one");
        return NULL;
    }
    pass->ledger = ledger_open(pass->options.ledger, LEDGER_CHECK_DAILY, &aside, error);
    state_log_set_aside(pass->options.ledger, aside);
    if (pass->ledger == NULL)
        return NULL;
    return collector_new(&(CollectorOptions){.config = pass->options.config,
                                             .source = pass->stores->source,
                                             .destination = pass->stores->destination,
                                             .ledger = pass->ledger,
                                             .report = pass->report,
                                             .is_dry_run = pass->options.dry_run,
                                             .limit = limit_of(pass),
                                             .scope = pass->options.scope,
                                             .on_deleted = on_deleted,
                                             .on_done = on_done,
                                             .data = pass},
                         pass->context, error);
}

void pass_orphans_prepare(Pass *pass)
{
    g_autoptr(GError) error = NULL;

    if (!pass->options.is_collection && pass->options.config->destination.orphans == CONFIG_ORPHANS_KEEP)
        return;
    if (!pass->options.is_collection && !scope_is_whole(&pass->options.scope)) {
        log_event(LOG_INFO, "orphans are left: a run of a part of the source deletes none", NULL);
        return;
    }
    pass->collector = open_collector(pass, &error);
    if (pass->collector != NULL)
        return;
    log_event(LOG_ERROR, "orphans are not deleted", "reason", error->message, NULL);
    pass->report->orphans.failed++;
}

void pass_orphans_note(const char *output_key, void *data)
{
    Pass *pass = data;

    if (pass->collector != NULL && !pass->stopped)
        collector_note(pass->collector, output_key);
}

/* A shard lists the whole source, which is what the guards are about. What else is listed for a prefix does
 * not count. */
static guint64 originals_of_other_shards(const Pass *pass)
{
    return pass->options.scope.prefix == NULL ? pass->report->left_out.outside : 0;
}

void pass_orphans_begin(Pass *pass)
{
    const RunReport *report = pass->report;

    if (pass->collector == NULL)
        return;
    pass->is_collecting = TRUE;
    collector_begin(pass->collector,
                    (OrphanScene){.is_complete = report->unlisted.source + report->unlisted.destination == 0,
                                  .is_part = pass->options.scope.prefix != NULL,
                                  .originals = report->objects.listed + originals_of_other_shards(pass),
                                  .originals_last = pass->last_listed,
                                  .outputs = pass->outputs_there});
}

gboolean pass_orphans_are_done(const Pass *pass)
{
    return !pass->is_collecting;
}
