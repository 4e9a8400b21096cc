#include "daemon/pass.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/patience.h"
#include "base/quote.h"
#include "base/timer.h"
#include "batch/diff.h"
#include "batch/index.h"
#include "batch/selection.h"
#include "daemon/dispatcher.h"
#include "daemon/exit_code.h"
#include "daemon/failure_memory.h"
#include "daemon/held.h"
#include "daemon/precondition.h"
#include "daemon/retry_reasons.h"
#include "daemon/skip.h"
#include "daemon/stores.h"
#include "daemon/unlisted.h"

/* Of the source, from which on the whole is guessed by it. */
#define SHARE_MIN            0.02

#define PROGRESS_INTERVAL_US (250 * CLOCK_US_PER_MS)

struct Pass {
    PassOptions options;
    GMainContext *context;
    Stores *stores;
    Index *index;
    Unlisted *unlisted;    /* what the listings leave out */
    StoreListing *listing; /* of the destination, then of the source; NULL: none is under way */
    gboolean page_awaited;
    Precondition *precondition; /* that is tried; NULL: none */
    gboolean keep_existing;     /* it is obeyed */
    gboolean all_listed;
    double share;        /* of the source that is listed; negative: not known */
    guint64 last_listed; /* objects, by an earlier pass; 0: not known */
    FailureMemory *memory;
    Dispatcher *dispatcher; /* NULL until an object needs work */
    Held *held;
    guint64 reserved_bytes; /* of memory, by whoever has in flight what is held */
    guint64 seen;           /* objects that the source has listed, selected or not */
    guint left;             /* objects that were held, and dropped */
    RunReport *report;
    gboolean unusable; /* a listing failed, or no worker can be started */
    gboolean stopped;
    gboolean finished;
    Timer *step;        /* set: look at what can be done next, outside of any callback */
    Timer *progress;    /* tells how far it is */
    Patience *deadline; /* of a graceful stop */
};

static void pass_poke(Pass *pass)
{
    if (!pass->finished)
        timer_set(pass->step, 0);
}

/* Progress and the end */

/* What will have been listed in the end. A share of little says little; and of a bucket none is known, but
 * that it is mostly as large as the last time. 0: nobody knows. */
static guint64 expected_total(const Pass *pass)
{
    const guint64 listed = pass->report->objects.listed;

    if (pass->all_listed)
        return listed;
    if (pass->share >= SHARE_MIN)
        return MAX(listed, (guint64)((double)listed / pass->share));
    return pass->last_listed > listed ? pass->last_listed : 0;
}

static void tell_progress(void *data)
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

    pass->options.on_progress(&progress, pass->options.data);
    timer_set(pass->progress, clock_now_us() + PROGRESS_INTERVAL_US);
    pass_poke(pass); /* whoever was behind may have caught up */
}

/* Also of what was not even tried, or could not be listed: the destination may lack it all the same. */
static gboolean something_failed(const RunReport *report)
{
    return report->objects.failed + report_left_alone(report) + report->unlisted.source +
               report->unlisted.destination >
           0;
}

static ExitCode exit_code(const Pass *pass)
{
    if (pass->unusable)
        return EXIT_CODE_UNUSABLE;
    if (!pass->all_listed || pass->left > 0 ||
        (pass->dispatcher != NULL && dispatcher_left(pass->dispatcher) > 0))
        return EXIT_CODE_STOPPED;
    return something_failed(pass->report) ? EXIT_CODE_FAILED : EXIT_CODE_DONE;
}

static void pass_finish(Pass *pass)
{
    pass->finished = TRUE;
    if (pass->dispatcher != NULL)
        dispatcher_close(pass->dispatcher);
    g_clear_pointer(&pass->memory, failure_memory_free);
    tell_progress(pass);
    timer_unset(pass->progress);
    patience_unset(pass->deadline);
    pass->report->requests.list += pass->stores->counters.list;
    pass->report->requests.head += pass->stores->counters.head;
    pass->report->requests.put += pass->stores->counters.put;
    pass->report->requests.delete += pass->stores->counters.delete;
    pass->report->requests.retries += pass->stores->counters.retries;
    pass->report->requests.connections += pass->stores->counters.connections;
    retry_reasons_count(pass->stores->counters.retry_reasons, pass->report);
    pass->report->exit = (gint32)exit_code(pass);
    pass->options.on_finished(pass->report, pass->options.data);
}

static void pass_give_up(Pass *pass, const char *message, const char *url, const GError *error)
{
    log_event(LOG_ERROR, message, "url", url, "class", error_class_name(error_class(error)), "reason",
              error->message, NULL);
    pass->unusable = TRUE;
    pass_stop(pass, FALSE);
}

/* Something is wrong with this machine or the configuration, or these originals are all bad: a person must
 * look. */
static void pass_stop_alike(Pass *pass, const Alike *alike)
{
    const GError *example = alike_example(alike);
    g_autofree char *key = quote_key(alike_example_key(alike));
    g_autofree char *count = g_strdup_printf("%u", alike_count(alike));
    g_autofree char *sample = g_strdup_printf("%u", pass->options.config->retries.alike);

    log_event(
        LOG_ERROR, "nearly all objects fail alike: stopped, and nothing of it is remembered against them",
        "failed", count, "of_the_first", sample, "class", error_class_name(error_class(example)), "reason",
        example->message, "example", key, "advice",
        "try one of them with `thumbmill preview`; if it is really their own fault, exclude them or set "
        "retries.alike: never",
        NULL);
    pass_stop(pass, FALSE);
}

/* Objects */

static void on_room(void *data)
{
    pass_poke(data);
}

static Dispatcher *pass_dispatcher(Pass *pass)
{
    g_autoptr(GError) error = NULL;

    if (pass->dispatcher != NULL)
        return pass->dispatcher;
    pass->dispatcher = dispatcher_new(&(DispatcherOptions){.config = pass->options.config,
                                                           .proxies = pass->options.proxies,
                                                           .source = pass->stores->source,
                                                           .destination = pass->stores->destination,
                                                           .keep_existing = pass->keep_existing,
                                                           .memory = pass->memory,
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

/* Takes the key, the version and the wanted outputs over. */
static void hand_over(Pass *pass, StoreObject *object, char **version, const Recollection *recollection,
                      Diff *diff)
{
    Dispatcher *dispatcher = pass_dispatcher(pass);
    WorkObject *work;

    if (dispatcher == NULL)
        return;
    work = g_new0(WorkObject, 1);
    work->key = g_steal_pointer(&object->key);
    work->etag = g_steal_pointer(&object->etag);
    work->version = g_steal_pointer(version);
    work->is_known = recollection->is_known;
    work->recalled = recollection->final + recollection->postponed;
    work->size_bytes = object->size_bytes;
    work->mtime_s = object->mtime_s;
    work->outputs = g_array_ref(diff->wanted);
    dispatcher_add(dispatcher, work);
}

/* The comparison refuses the object. */
static void refuse(Pass *pass, const StoreObject *object, const GError *error)
{
    g_autofree char *version = store_object_version(object);
    g_autofree char *key = quote_key(object->key);

    if (failure_memory_refuse(pass->memory, object->key, version, error)) {
        pass->report->objects.remembered++;
        return;
    }
    pass->report->objects.failed++;
    report_add_failure(pass->report, object->key, NULL, error_class(error), error->message);
    log_event(LOG_WARNING, "failed", "key", key, "class", error_class_name(error_class(error)), "reason",
              error->message, NULL);
}

/* An object with outputs to make, unless they are known to fail. */
static void consider_wanted(Pass *pass, StoreObject *object, Diff *diff)
{
    g_autofree char *version = store_object_version(object);
    const Recollection recollection = failure_memory_recall(pass->memory, object->key, version, diff->wanted);

    if (diff->wanted->len == 0 && recollection.final > 0)
        pass->report->objects.remembered++;
    else if (diff->wanted->len == 0)
        pass->report->objects.postponed++;
    else if (pass->options.dry_run)
        plan_object(pass, object, diff);
    else
        hand_over(pass, object, &version, &recollection, diff);
}

static void take_diff(Pass *pass, StoreObject *object, Diff *diff)
{
    const guint unknown = unlisted_drop(pass->unlisted, diff);

    pass->report->outputs.up_to_date += diff->up_to_date;
    if (diff->wanted->len == 0 && unknown > 0)
        skip_count(&pass->report->skip_reasons.unlisted, pass->report);
    else if (diff->wanted->len == 0)
        skip_count(&pass->report->skip_reasons.up_to_date, pass->report);
    else if (object->is_archived)
        skip_archived(object->key, NULL, pass->report);
    else if (!held_take(pass->held, object, diff))
        consider_wanted(pass, object, diff);
}

/* It is held no longer. */
static void on_held(StoreObject *object, Diff *diff, void *data)
{
    take_diff(data, object, diff);
    pass_poke(data);
}

static void consider(Pass *pass, StoreObject *object)
{
    const DiffObject listed = {
        .key = object->key, .mtime_s = object->mtime_s, .size_bytes = object->size_bytes};
    g_autoptr(GError) error = NULL;
    g_auto(Diff) diff = {0};

    if (!selection_matches(&pass->options.config->source, object->key))
        return;
    pass->report->objects.listed++;
    if (!diff_object(pass->options.config, pass->index, &listed, &diff, &error)) {
        refuse(pass, object, error);
        return;
    }
    take_diff(pass, object, &diff);
}

/* Listings */

static void next_page(Pass *pass)
{
    pass->page_awaited = TRUE;
    store_listing_next(pass->listing);
}

static void tell_problem(Pass *pass, const Store *store)
{
    g_autofree char *problem = store_listing_take_problem(pass->listing);

    if (problem != NULL)
        log_event(LOG_WARNING, "s3.list_ranges cannot be had: the bucket is listed page after page", "url",
                  store_url(store), "reason", problem, NULL);
}

static void take_skips(Pass *pass, gboolean is_source)
{
    g_autoptr(GPtrArray) skips = store_listing_take_skips(pass->listing);

    if (is_source)
        unlisted_add_source(pass->unlisted, pass->stores->source, skips, &pass->report->unlisted.source);
    else
        unlisted_add_destination(pass->unlisted, pass->stores->destination, skips,
                                 &pass->report->unlisted.destination);
}

/* A typing mistake in a prefix looks like a source that is empty. */
static void tell_nothing(const Pass *pass)
{
    const RunReport *report = pass->report;

    if (report->objects.listed > 0 || report->unlisted.source > 0)
        return;
    if (pass->seen == 0)
        log_event(LOG_WARNING, "the source lists nothing: is source.url right?", "url",
                  store_url(pass->stores->source), NULL);
    else
        log_event(LOG_WARNING,
                  "of all that the source lists, source.include and source.exclude leave nothing", "url",
                  store_url(pass->stores->source), NULL);
}

static void on_source_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Pass *pass = data;

    pass->page_awaited = FALSE;
    if (error != NULL) {
        pass_give_up(pass, "cannot list the source", store_url(pass->stores->source), error);
        return;
    }
    pass->seen += objects->len;
    for (guint i = 0; i < objects->len && !pass->stopped; i++)
        consider(pass, objects->pdata[i]);
    if (!pass->stopped) {
        pass->share = store_listing_share(pass->listing);
        tell_problem(pass, pass->stores->source);
        take_skips(pass, TRUE);
    }
    if (is_last && !pass->stopped) {
        pass->all_listed = TRUE;
        tell_nothing(pass);
        g_clear_pointer(&pass->listing, store_listing_free);
    }
    pass_poke(pass);
}

static gboolean add_to_index(Pass *pass, GPtrArray *objects, GError **error)
{
    for (guint i = 0; i < objects->len; i++) {
        const StoreObject *object = objects->pdata[i];

        if (!index_add(pass->index, object->key, object->mtime_s, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean may_enter(const char *folder, void *data)
{
    return selection_may_enter(data, folder);
}

static void list_source(Pass *pass)
{
    const StoreScope scope = {.may_enter = may_enter,
                              .data = (void *)&pass->options.config->source,
                              .never_by_link = pass->stores->destination};

    pass->listing = store_list_scope(pass->stores->source, STORE_LIST_SOURCE, &scope, on_source_page, pass);
    pass_poke(pass);
}

static void on_precondition(const char *problem, void *data)
{
    Pass *pass = data;

    pass->keep_existing = problem == NULL;
    if (problem != NULL)
        log_event(LOG_WARNING, "destination.keep_existing cannot be had: outputs replace what is there",
                  "url", store_url(pass->stores->destination), "reason", problem, NULL);
    g_clear_pointer(&pass->precondition, precondition_free);
    list_source(pass);
}

/* What is at the destination is known now. */
static void begin_source(Pass *pass)
{
    gboolean is_wished = pass->options.config->destination.keep_existing && !pass->options.dry_run &&
                         !store_is_directory(pass->stores->destination);

    g_clear_pointer(&pass->listing, store_listing_free);
    if (is_wished)
        pass->precondition = precondition_try(pass->stores->destination, on_precondition, pass);
    else
        list_source(pass);
}

static void on_destination_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Pass *pass = data;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;

    pass->page_awaited = FALSE;
    if (failure != NULL || !add_to_index(pass, objects, &failure)) {
        pass_give_up(pass, "cannot list the destination", store_url(pass->stores->destination), failure);
        return;
    }
    tell_problem(pass, pass->stores->destination);
    take_skips(pass, FALSE);
    if (is_last)
        begin_source(pass);
    pass_poke(pass);
}

/* What comes next: another page, or the end. */
static void pass_step(void *data)
{
    Pass *pass = data;
    Dispatcher *dispatcher = pass->dispatcher;

    if (pass->finished)
        return;
    if (dispatcher != NULL && !pass->stopped && dispatcher_broken(dispatcher) != NULL)
        pass_give_up(pass, "no worker can be started", NULL, dispatcher_broken(dispatcher));
    if (dispatcher != NULL && !pass->stopped && dispatcher_refusal(dispatcher) != NULL)
        pass_give_up(pass, "a store refuses everything", NULL, dispatcher_refusal(dispatcher));
    if (dispatcher != NULL && !pass->stopped && alike_verdict(dispatcher_alike(dispatcher)) == ALIKE_YES)
        pass_stop_alike(pass, dispatcher_alike(dispatcher));
    if (pass->listing != NULL && !pass->page_awaited &&
        (dispatcher == NULL || dispatcher_wants_more(dispatcher)) &&
        !pass->options.is_behind(pass->options.data))
        next_page(pass);
    if (pass->listing == NULL && pass->precondition == NULL && held_count(pass->held) == 0 &&
        (dispatcher == NULL || dispatcher_is_idle(dispatcher)))
        pass_finish(pass);
}

/* Starting and stopping */

static void stop_at_once(void *data)
{
    pass_stop(data, TRUE);
}

void pass_stop(Pass *pass, gboolean at_once)
{
    if (pass->finished)
        return;
    if (!pass->stopped)
        patience_set(pass->deadline, pass->options.config->stop_timeout_ms * CLOCK_US_PER_MS);
    pass->stopped = TRUE;
    g_clear_pointer(&pass->listing, store_listing_free);
    g_clear_pointer(&pass->precondition, precondition_free);
    pass->left += held_count(pass->held);
    held_drop(pass->held);
    if (pass->dispatcher != NULL && at_once)
        dispatcher_abort(pass->dispatcher);
    else if (pass->dispatcher != NULL)
        dispatcher_stop(pass->dispatcher);
    pass_poke(pass);
}

/* what: of HELD_TYPE, or NULL. */
static void hold(Pass *pass, GVariant *what)
{
    g_autoptr(GVariant) keys = NULL;

    if (what != NULL)
        g_variant_get(what, "(@aayt)", &keys, &pass->reserved_bytes);
    pass->held = held_new(keys, pass->stores->destination, on_held, pass);
}

Pass *pass_new(const PassOptions *options, GMainContext *context, GError **error)
{
    Pass *pass = g_new0(Pass, 1);
    g_autofree char *id = g_uuid_string_random();

    pass->options = *options;
    pass->context = g_main_context_ref(context);
    pass->report = report_new(id);
    pass->unlisted = unlisted_new();
    pass->step = timer_new(context, pass_step, pass);
    pass->progress = timer_new(context, tell_progress, pass);
    pass->deadline = patience_new(context, stop_at_once, pass);
    pass->index = index_new(error);
    if (pass->index != NULL)
        pass->stores = stores_open(options->config, options->keys, options->proxies, context, error);
    if (pass->stores == NULL) {
        pass_free(pass);
        return NULL;
    }
    hold(pass, options->held);
    pass->memory = failure_memory_new(options->config, options->ledger, options->dry_run, context);
    pass->last_listed = failure_memory_last_listed(pass->memory);
    pass->listing = store_list(pass->stores->destination, STORE_LIST_DESTINATION, on_destination_page, pass);
    timer_set(pass->progress, clock_now_us() + PROGRESS_INTERVAL_US);
    pass_poke(pass);
    return pass;
}

void pass_release(Pass *pass)
{
    pass->reserved_bytes = 0;
    if (pass->dispatcher != NULL)
        dispatcher_reserve(pass->dispatcher, 0);
    held_release(pass->held);
}

GVariant *pass_in_flight(const Pass *pass)
{
    if (pass->dispatcher == NULL)
        return g_variant_new(HELD_TYPE, NULL, (guint64)0);
    return dispatcher_get_in_flight(pass->dispatcher);
}

GVariant *pass_workers(const Pass *pass)
{
    if (pass->dispatcher == NULL || pass->finished)
        return g_variant_new_array(G_VARIANT_TYPE_VARDICT, NULL, 0);
    return dispatcher_workers(pass->dispatcher);
}

/* Without any yet, the configuration tells when they are started. */
void pass_scale(Pass *pass)
{
    if (pass->dispatcher == NULL || pass->stopped || pass->finished)
        return;
    dispatcher_scale(pass->dispatcher, config_workers(pass->options.config));
    pass_poke(pass);
}

gboolean pass_terminate(Pass *pass, pid_t pid)
{
    return pass->dispatcher != NULL && dispatcher_terminate(pass->dispatcher, pid);
}

void pass_free(Pass *pass)
{
    if (pass == NULL)
        return;
    pass->finished = TRUE;
    precondition_free(pass->precondition);
    store_listing_free(pass->listing);
    held_free(pass->held);
    dispatcher_free(pass->dispatcher);
    failure_memory_free(pass->memory);
    stores_close(pass->stores);
    index_free(pass->index);
    unlisted_free(pass->unlisted);
    report_free(pass->report);
    timer_free(pass->step);
    timer_free(pass->progress);
    patience_free(pass->deadline);
    g_main_context_unref(pass->context);
    g_free(pass);
}
