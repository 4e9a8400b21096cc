#include "daemon/supervisor/pass_objects.h"

#include "base/error.h"
#include "base/quote.h"
#include "batch/diff.h"
#include "batch/fate_log.h"
#include "batch/selection.h"
#include "daemon/dispatch/tally.h"
#include "daemon/supervisor/pass_log.h"
#include "daemon/supervisor/pass_state.h"
#include "daemon/supervisor/pass_verify.h"

static void on_room(void *data)
{
    pass_poke(data);
}

static Dispatcher *pass_dispatcher(Pass *pass)
{
    g_autoptr(GError) error = NULL;

    if (pass->dispatcher != NULL)
        return pass->dispatcher;
    store_make_directory(pass->stores->destination);
    pass->dispatcher = dispatcher_new(&(DispatcherOptions){.config = pass->options.config,
                                                           .proxies = pass->options.proxies,
                                                           .source = pass->stores->source,
                                                           .destination = pass->stores->destination,
                                                           .keep_existing = pass->keep_existing,
                                                           .memory = pass->memory,
                                                           .watch = pass->watch,
                                                           .report = pass->report,
                                                           .on_room = on_room,
                                                           .data = pass},
                                      pass->context, &error);
    if (pass->dispatcher != NULL)
        dispatcher_reserve(pass->dispatcher, pass->reserved_bytes);
    else
        pass_give_up(pass, "cannot start workers", NULL, error);
    return pass->dispatcher;
}

static void plan_object(Pass *pass, const StoreObject *object, const Diff *diff)
{
    g_autofree char *source = quote_key(object->key);

    for (guint i = 0; i < diff->wanted->len; i++) {
        g_autofree char *output = quote_key(diff_wanted(diff, i)->key);

        pass->options.on_plan(source, output, pass->options.data);
    }
    pass->report->objects.done++;
    pass->report->outputs.made += diff->wanted->len;
    pass->report->bytes.in += object->size_bytes;
}

/* Hands an object to the dispatcher. Takes over its version and the wanted outputs. */
static void hand_over(Pass *pass, const StoreObject *object, char **version, const Recollection *recollection,
                      Diff *diff)
{
    Dispatcher *dispatcher = pass_dispatcher(pass);
    WorkObject *work;

    if (dispatcher == NULL)
        return;
    work = g_new0(WorkObject, 1);
    work->key = g_strdup(object->key);
    work->etag = g_strdup(object->etag);
    work->version = g_steal_pointer(version);
    work->is_known = recollection->is_known;
    work->recalled = recollection->final + recollection->postponed;
    work->size_bytes = object->size_bytes;
    work->mtime_s = object->mtime_s;
    work->outputs = g_array_ref(diff->wanted);
    dispatcher_add(dispatcher, work);
}

/* The comparison refused the object. */
static void refuse(Pass *pass, const StoreObject *object, const GError *error)
{
    g_autofree char *version = store_object_version(object);

    if (failure_memory_refuse(pass->memory, object->key, version, error)) {
        pass->report->objects.remembered++;
        fate_log_add(pass->report->fates, object->key, "remembered", NULL);
        return;
    }
    pass->report->objects.failed++;
    report_add_failure(pass->report, object->key, NULL, error_class(error), error->message);
    fate_log_add(pass->report->fates, object->key, "failed", error);
    pass_log_refusal(object->key, error);
}

/* Handles an object with outputs to make, without those that are known to fail. */
static void consider_wanted(Pass *pass, const StoreObject *object, Diff *diff)
{
    g_autofree char *version = store_object_version(object);
    const Recollection recollection = failure_memory_recall(pass->memory, object->key, version, diff->wanted);

    if (diff->wanted->len == 0)
        fate_log_add(pass->report->fates, object->key, recollection.final > 0 ? "remembered" : "postponed",
                     NULL);
    if (diff->wanted->len == 0 && recollection.final > 0)
        pass->report->objects.remembered++;
    else if (diff->wanted->len == 0)
        pass->report->objects.postponed++;
    else if (pass->options.dry_run)
        plan_object(pass, object, diff);
    else
        hand_over(pass, object, &version, &recollection, diff);
}

static DiffCounts settle(const Pass *pass, Diff *diff)
{
    const DiffCounts counts = diff_settle(diff, pass->clocks);
    RunReport *report = pass->report;

    report->comparison.missing += counts.missing;
    report->comparison.older += counts.older;
    report->comparison.other_recipe += counts.other_recipe;
    report->comparison.left += counts.left;
    report->comparison.withheld += counts.withheld;
    return counts;
}

static DiffObject listed_of(const StoreObject *object)
{
    return (DiffObject){.key = object->key, .mtime_s = object->mtime_s, .size_bytes = object->size_bytes};
}

/* Adds outputs that differ from what they should be to the wanted ones. */
static void add_differing(const Pass *pass, GArray *differing, Diff *diff)
{
    for (guint i = 0; differing != NULL && i < differing->len; i++) {
        DiffOutput *output = &g_array_index(differing, DiffOutput, i);

        if (!freshness_demands(pass->clocks, output->output, output->freshness))
            continue;
        g_array_append_val(diff->wanted, *output);
        output->key = NULL;
    }
}

/* Nothing is to be made of the object: counts why. */
static void skip(const Pass *pass, const char *key, const DiffCounts *counts, guint unknown)
{
    RunReport *report = pass->report;
    const struct {
        gboolean is_so;
        const char *result;
        guint64 *counter;
    } reasons[] = {
        {unknown > 0, "unlisted", &report->skip_reasons.unlisted},
        {counts->withheld > 0, "older_configuration", &report->skip_reasons.older_configuration},
        {counts->left > 0, "other_recipe", &report->skip_reasons.other_recipe},
        {selection_has_outputs(pass->options.config, key), "up_to_date", &report->skip_reasons.up_to_date},
        {TRUE, "unmatched", &report->skip_reasons.unmatched},
    };
    guint i = 0;

    while (!reasons[i].is_so)
        i++;
    tally_skip(reasons[i].counter, report);
    fate_log_add(report->fates, key, reasons[i].result, NULL);
}

/* The object's outputs are known. differing: outputs that are not up to date, though the comparison says so;
 * may be NULL. unknown: number of outputs of which nothing is known. */
static void conclude(Pass *pass, const StoreObject *object, Diff *diff, GArray *differing, guint unknown)
{
    const DiffCounts counts = settle(pass, diff);
    const DiffObject listed = listed_of(object);
    RunReport *report = pass->report;
    g_autoptr(GError) error = NULL;

    add_differing(pass, differing, diff);
    if (diff->wanted->len == 0)
        skip(pass, object->key, &counts, unknown);
    else if (object->is_archived)
        tally_archived(object->key, NULL, report);
    else if (!diff_check_size(pass->options.config, &listed, &error))
        refuse(pass, object, error);
    else
        consider_wanted(pass, object, diff);
}

void pass_take_verified(const StoreObject *object, Diff *diff, GArray *differing, void *data)
{
    conclude(data, object, diff, differing, 0);
}

static void take_diff(Pass *pass, const StoreObject *object, Diff *diff)
{
    const guint unknown = unlisted_drop(pass->unlisted, diff);

    pass->report->outputs.up_to_date += diff->up_to_date;
    if (diff->wanted->len > 0 && !object->is_archived && held_take(pass->held, object, diff))
        return;
    if (unknown == 0 && pass_verify_takes(pass, object, diff))
        return;
    conclude(pass, object, diff, NULL, unknown);
}

void pass_consider_held(const StoreObject *object, Diff *diff, void *data)
{
    take_diff(data, object, diff);
    pass_poke(data);
}

/* Outputs of the object that exist, whether they are up to date or not. */
static guint count_there(const Diff *diff)
{
    guint n = diff->up_to_date;

    for (guint i = 0; i < diff->wanted->len; i++)
        n += !diff_wanted(diff, i)->is_missing;
    return n;
}

/* Counts an object of the listing. FALSE if it is not in the scope: it was only compared because of its
 * claims on output keys. */
static gboolean is_in_scope(Pass *pass, const char *key)
{
    const gboolean is_in = scope_has(&pass->options.scope, key);

    (*(is_in ? &pass->report->objects.listed : &pass->report->left_out.outside))++;
    return is_in;
}

static void take_compared(Pass *pass, const StoreObject *object, Diff *diff, gboolean is_at_end)
{
    pass->outputs_there += count_there(diff);
    if (!is_in_scope(pass, object->key))
        return;
    if (pass->options.is_collection)
        return;
    if (is_at_end && diff->wanted->len > 0)
        held_look(pass->held, object, diff);
    else
        take_diff(pass, object, diff);
}

void pass_take_compared(StoreObject *object, Diff *diff, gboolean is_at_end, void *data)
{
    if (!((Pass *)data)->stopped)
        take_compared(data, object, diff, is_at_end);
    store_object_free(object);
}

static void take_refused(Pass *pass, const StoreObject *object, const GError *error)
{
    if (is_in_scope(pass, object->key) && !pass->options.is_collection)
        refuse(pass, object, error);
}

void pass_take_refused(StoreObject *object, const GError *error, void *data)
{
    if (!((Pass *)data)->stopped)
        take_refused(data, object, error);
    store_object_free(object);
}

void pass_take_found(Pass *pass, const StoreObject *object, Diff *diff)
{
    const gboolean is_suspect = g_hash_table_contains(failure_memory_losers(pass->memory), object->key);

    pass->report->objects.listed++;
    diff_assume(diff, is_suspect ? FRESHNESS_OLDER : FRESHNESS_MISSING);
    if (is_suspect) /* whatever the destination has was made of another object */
        take_diff(pass, object, diff);
    else
        held_look(pass->held, object, diff);
}

void pass_consider(Pass *pass, const StoreObject *object)
{
    DiffObject listed = listed_of(object);
    g_autoptr(GError) error = NULL;
    g_auto(Diff) diff = {0};

    if (!selection_matches(&pass->options.config->source, object->key))
        return;
    listed.is_suspect = g_hash_table_contains(failure_memory_losers(pass->memory), object->key);
    if (diff_object(pass->options.config, pass->index, pass->clocks, &listed, &diff, &error))
        take_compared(pass, object, &diff, FALSE);
    else
        take_refused(pass, object, error);
}
