#include "daemon/supervisor/pass.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/patience.h"
#include "base/timer.h"
#include "batch/selection.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/messages.h"
#include "daemon/supervisor/pass_end.h"
#include "daemon/supervisor/pass_fates.h"
#include "daemon/supervisor/pass_keys.h"
#include "daemon/supervisor/pass_log.h"
#include "daemon/supervisor/pass_objects.h"
#include "daemon/supervisor/pass_orphans.h"
#include "daemon/supervisor/pass_progress.h"
#include "daemon/supervisor/pass_recipes.h"
#include "daemon/supervisor/pass_state.h"
#include "daemon/supervisor/pass_verify.h"

/* Listings */

static void next_page(Pass *pass)
{
    pass->page_awaited = TRUE;
    store_listing_next(pass->listing);
}

/* Waits for a store whose listing failed. FALSE if waiting is no use. A directory's walk cannot go on after a
 * failure. */
static gboolean wait_for(Pass *pass, Store *store, const GError *error)
{
    const gboolean has_answered =
        store == pass->stores->source ? pass->source_answered : pass->destination_answered;

    if (!error_may_pass(error) || !has_answered || store_is_directory(store))
        return FALSE;
    store_watch_failed(pass->watch, OUTAGE_LIST, store, error);
    return TRUE;
}

/* A page arrived or failed. FALSE if the pass has to end. */
static gboolean take_page(Pass *pass, Store *store, const GError *error)
{
    pass->page_awaited = FALSE;
    if (error != NULL)
        return wait_for(pass, store, error);
    if (store == pass->stores->source)
        pass->source_answered = TRUE;
    else
        pass->destination_answered = TRUE;
    store_watch_succeeded(pass->watch, OUTAGE_LIST, clock_now_us());
    return TRUE;
}

static void tell_problem(const Store *store, const char *problem)
{
    if (problem != NULL)
        pass_log_no_ranges(store, problem);
}

static void take_skips(Pass *pass, gboolean is_source, const GPtrArray *skips)
{
    if (is_source)
        unlisted_add_source(pass->unlisted, pass->stores->source, skips, &pass->report->unlisted.source);
    else
        unlisted_add_destination(pass->unlisted, pass->stores->destination, skips,
                                 &pass->report->unlisted.destination);
}

/* Logs the problem and the skips that a page of pass->listing reports besides its objects. */
static void take_rest(Pass *pass, const Store *store)
{
    g_autofree char *problem = store_listing_take_problem(pass->listing);
    g_autoptr(GPtrArray) skips = store_listing_take_skips(pass->listing);

    tell_problem(store, problem);
    take_skips(pass, store == pass->stores->source, skips);
}

/* Warns if nothing was listed: a typing mistake in a prefix looks like an empty source. */
static void tell_nothing(const Pass *pass)
{
    const RunReport *report = pass->report;

    if (report->objects.listed + report->left_out.outside > 0 || report->unlisted.source > 0)
        return;
    pass_log_nothing(pass->stores->source, pass->options.scope.prefix, pass->seen == 0);
}

static void on_source_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Pass *pass = data;

    if (!take_page(pass, pass->stores->source, error))
        pass_give_up(pass, "cannot list the source", store_url(pass->stores->source), error);
    if (error != NULL)
        return;
    pass->seen += objects->len;
    for (guint i = 0; i < objects->len && !pass->stopped; i++)
        pass_consider(pass, objects->pdata[i]);
    if (!pass->stopped) {
        pass->share = store_listing_share(pass->listing);
        take_rest(pass, pass->stores->source);
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

/* All is known that it takes to compare. Without a sweep, the source is listed now that the whole destination
 * is in the index. */
static void list_source(Pass *pass)
{
    const StoreScope scope = {.may_enter = may_enter,
                              .data = (void *)&pass->options.config->source,
                              .never_by_link = pass->stores->destination};

    pass->is_prepared = TRUE;
    if (pass->sweep != NULL)
        sweep_set_clocks(pass->sweep, pass->clocks);
    if (pass->sweep != NULL || pass->walk != NULL) {
        pass_poke(pass);
        return;
    }
    pass->listing = store_list_scope(pass->stores->source, STORE_LIST_SOURCE, &scope, on_source_page, pass);
}

static void on_precondition(const char *problem, const GError *error, void *data)
{
    Pass *pass = data;

    g_clear_pointer(&pass->precondition, precondition_free);
    if (error != NULL) {
        pass->precondition_waits = wait_for(pass, pass->stores->destination, error);
        return;
    }
    store_watch_succeeded(pass->watch, OUTAGE_LIST, clock_now_us());
    pass->keep_existing = problem == NULL;
    if (problem != NULL)
        pass_log_no_precondition(pass->stores->destination, problem);
    list_source(pass);
}

static void try_precondition(Pass *pass)
{
    pass->precondition_waits = FALSE;
    pass->precondition = precondition_try(pass->stores->destination, on_precondition, pass);
}

/* The recipes in force are known, or will not be. */
static void begin_source(Pass *pass)
{
    gboolean is_wished = pass->options.config->destination.keep_existing && !pass->options.dry_run &&
                         !store_is_directory(pass->stores->destination);

    if (is_wished)
        try_precondition(pass);
    else
        list_source(pass);
}

static void on_recipes(const InForceResult *result, const GError *error, void *data)
{
    Pass *pass = data;

    pass->recipes_awaited = FALSE;
    if (error != NULL && wait_for(pass, pass->stores->destination, error)) {
        pass->recipes_wait = TRUE;
        return;
    }
    if (error == NULL)
        store_watch_succeeded(pass->watch, OUTAGE_LIST, clock_now_us());
    if (pass_recipes_take(pass, result, error))
        begin_source(pass);
    pass_poke(pass);
}

static void ask_for_recipes(Pass *pass)
{
    pass->recipes_wait = FALSE;
    (void)pass_recipes_begin(pass, on_recipes);
}

/* The destination has answered, and without a sweep has been listed. */
static void begin_recipes(Pass *pass)
{
    pass->is_preparing = TRUE;
    g_clear_pointer(&pass->listing, store_listing_free);
    if (pass_recipes_are_kept(pass))
        ask_for_recipes(pass);
    else
        begin_source(pass);
}

/* Both listings at once */

static void on_sweep_page(const SweepPage *page, void *data)
{
    Pass *pass = data;

    if (pass->stopped)
        return;
    if (!take_page(pass, page->store, page->error))
        pass_give_up(pass, page->is_source ? "cannot list the source" : "cannot list the destination",
                     store_url(page->store), page->error);
    if (page->error != NULL)
        return;
    if (page->is_source)
        pass->seen += page->n_objects;
    else if (!pass->is_preparing)
        begin_recipes(pass);
    tell_problem(page->store, page->problem);
    take_skips(pass, page->is_source, page->skips);
}

static void on_poke(void *data)
{
    pass_poke(data);
}

static void sweep_both(Pass *pass)
{
    g_autoptr(GError) error = NULL;

    pass->sweep = sweep_new(&(SweepOptions){.config = pass->options.config,
                                            .order = pass->order,
                                            .source = pass->stores->source,
                                            .destination = pass->stores->destination,
                                            .start = pass->start,
                                            .suspects = failure_memory_losers(pass->memory),
                                            .on_page = on_sweep_page,
                                            .on_compared = pass_take_compared,
                                            .on_refused = pass_take_refused,
                                            .on_orphan = pass_orphans_note,
                                            .on_poke = on_poke,
                                            .data = pass},
                            &error);
    if (pass->sweep == NULL)
        pass_give_up(pass, "cannot compare", NULL, error);
}

static void on_destination_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Pass *pass = data;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;

    if (!take_page(pass, pass->stores->destination, failure) ||
        (failure == NULL && !add_to_index(pass, objects, &failure)))
        pass_give_up(pass, "cannot list the destination", store_url(pass->stores->destination), failure);
    if (failure != NULL)
        return;
    take_rest(pass, pass->stores->destination);
    if (is_last)
        begin_recipes(pass);
    pass_poke(pass);
}

/* Whether another page would be of use now. */
static gboolean wants_page(const Pass *pass)
{
    return (pass->dispatcher == NULL || dispatcher_wants_more(pass->dispatcher)) &&
           pass_verify_wants_more(pass) && !pass->options.is_behind(pass->options.data);
}

/* Whether another page may be requested. Not while a store is away, except as a probe, or when only the
 * objects of further pages could be used as probes. */
static gboolean may_ask(const Pass *pass)
{
    switch (store_watch_leave(pass->watch, TRUE)) {
    case OUTAGE_FREE: return wants_page(pass);
    case OUTAGE_PROBE: return TRUE;
    case OUTAGE_HELD: break;
    }
    return store_watch_is_away(pass->watch) && !store_watch_is_probing(pass->watch) &&
           pass->dispatcher != NULL && dispatcher_is_idle(pass->dispatcher);
}

static void step_sweep(Pass *pass)
{
    const gboolean is_probe = store_watch_leave(pass->watch, TRUE) != OUTAGE_FREE;
    SweepLeave leave = SWEEP_WAIT;

    if (!pass->is_prepared && !pass->is_preparing && may_ask(pass))
        leave = SWEEP_FIRST;
    else if (pass->is_prepared && may_ask(pass))
        leave = is_probe ? SWEEP_PROBE : SWEEP_GO;
    if (sweep_step(pass->sweep, leave, pass->is_prepared && wants_page(pass)) &&
        store_watch_leave(pass->watch, TRUE) == OUTAGE_PROBE)
        store_watch_begin_probe(pass->watch);
    pass->share = sweep_share(pass->sweep);
    if (pass->stopped || !sweep_is_done(pass->sweep))
        return;
    pass->all_listed = TRUE;
    tell_nothing(pass);
    g_clear_pointer(&pass->sweep, sweep_free);
    pass_orphans_begin(pass);
}

static void step_walk(Pass *pass)
{
    const gboolean is_probe = store_watch_leave(pass->watch, TRUE) != OUTAGE_FREE;
    SweepLeave leave = SWEEP_WAIT;

    if (pass->is_prepared && may_ask(pass))
        leave = is_probe ? SWEEP_PROBE : SWEEP_GO;
    pass_keys_step(pass, leave, pass->is_prepared && (is_probe || wants_page(pass)));
}

static void ask_next(Pass *pass)
{
    if (!pass->precondition_waits && !pass->recipes_wait && (pass->listing == NULL || pass->page_awaited))
        return;
    if (!may_ask(pass))
        return;
    if (store_watch_leave(pass->watch, TRUE) == OUTAGE_PROBE)
        store_watch_begin_probe(pass->watch);
    if (pass->recipes_wait)
        ask_for_recipes(pass);
    else if (pass->precondition_waits)
        try_precondition(pass);
    else
        next_page(pass);
}

static void stop_alike(Pass *pass)
{
    pass_log_alike(dispatcher_alike(pass->dispatcher), pass->options.config->retries.alike);
    failure_memory_drop(pass->memory);
    pass_stop(pass, FALSE);
}

static void look_for_the_worst(Pass *pass)
{
    const GError *over = store_watch_over(pass->watch);
    gint64 since_s;

    if (pass->dispatcher != NULL && dispatcher_broken(pass->dispatcher) != NULL)
        pass_give_up(pass, "cannot start any worker", NULL, dispatcher_broken(pass->dispatcher));
    else if (pass->dispatcher != NULL && dispatcher_refusal(pass->dispatcher) != NULL)
        pass_give_up(pass, "a store refuses all requests", NULL, dispatcher_refusal(pass->dispatcher));
    else if (pass_fails_alike(pass))
        stop_alike(pass);
    else if (over != NULL)
        pass_give_up(pass, "a store has been unavailable for longer than retries.outage",
                     store_watch_away(pass->watch, &since_s), over);
}

/* Does the next step: requests another page, or ends the pass. */
static void pass_step(void *data)
{
    Pass *pass = data;

    if (pass->finished)
        return;
    if (!pass->stopped)
        look_for_the_worst(pass);
    if (pass->stopped) {
        g_clear_pointer(&pass->sweep, sweep_free);
        g_clear_pointer(&pass->walk, key_walk_free);
    }
    if (pass->sweep != NULL)
        step_sweep(pass);
    if (pass->walk != NULL)
        step_walk(pass);
    ask_next(pass);
    pass_verify_step(pass);
    if (pass->sweep == NULL && pass->walk == NULL && pass->listing == NULL && pass->precondition == NULL &&
        !pass->precondition_waits && !pass->recipes_awaited && !pass->recipes_wait &&
        held_count(pass->held) == 0 && pass_orphans_are_done(pass) && pass_verify_is_done(pass) &&
        (pass->dispatcher == NULL || dispatcher_is_idle(pass->dispatcher)))
        pass_finish(pass);
}

/* Starting and stopping */

static void stop_at_once(void *data)
{
    pass_stop(data, TRUE);
}

void pass_stop(Pass *pass, gboolean at_once)
{
    pass_halt(pass, at_once);
}

static void on_watch(void *data)
{
    Pass *pass = data;

    if (pass->finished)
        return;
    if (pass->dispatcher != NULL)
        dispatcher_wake(pass->dispatcher);
    pass_poke(pass);
}

static StoreWatch *watch_new(Pass *pass)
{
    return store_watch_new(&(StoreWatchOptions){.source = pass->stores->source,
                                                .destination = pass->stores->destination,
                                                .limit_ms = pass->options.config->retries.outage_ms,
                                                .on_change = on_watch,
                                                .data = pass},
                           pass->context);
}

/* what: HELD_TYPE, or NULL. */
static void hold(Pass *pass, GVariant *what)
{
    g_autoptr(GVariant) keys = NULL;

    if (what != NULL)
        g_variant_get(what, "(@aayt)", &keys, &pass->reserved_bytes);
    pass->held = held_new(keys, pass->stores->destination, &pass->clocks, pass_consider_held, pass);
}

Pass *pass_new(const PassOptions *options, GMainContext *context, GError **error)
{
    Pass *pass = g_new0(Pass, 1);
    g_autofree char *id = g_uuid_string_random(), *reason = NULL;

    pass->options = *options;
    pass->context = g_main_context_ref(context);
    pass->report = report_new(id);
    pass->unlisted = unlisted_new();
    pass->step = timer_new(context, pass_step, pass);
    pass->progress = timer_new(context, pass_tell_progress, pass);
    pass->deadline = patience_new(context, stop_at_once, pass);
    pass->order = key_order_new(options->config, &reason);
    if (pass->order != NULL && options->scope.prefix != NULL)
        pass->start = key_order_start(pass->order, options->scope.prefix);
    pass->index = index_new(error);
    if (pass->index != NULL)
        pass->stores = stores_open(options->config, options->keys, options->proxies, context, error);
    if (pass->stores == NULL) {
        pass_free(pass);
        return NULL;
    }
    pass_fates_begin(pass);
    hold(pass, options->held);
    pass->watch = watch_new(pass);
    pass->memory = failure_memory_new(options->config, options->ledger, options->dry_run, context);
    if (options->scope.prefix == NULL &&
        options->scope.list == NULL) /* a whole pass's number says nothing of a part */
        pass->last_listed = failure_memory_last_listed(pass->memory);
    pass_orphans_prepare(pass);
    (void)pass_verify_prepare(pass, pass_take_verified);
    pass_keys_prepare(pass, on_sweep_page);
    if (pass->walk != NULL) /* does the destination answer? */
        pass->listing =
            store_list_one(pass->stores->destination, CONFIG_PRECONDITION_KEY, on_destination_page, pass);
    else if (pass->order != NULL)
        sweep_both(pass);
    else
        pass->listing =
            store_list(pass->stores->destination, STORE_LIST_DESTINATION, on_destination_page, pass);
    timer_set(pass->progress, clock_now_us() + PASS_PROGRESS_INTERVAL_US);
    pass_poke(pass);
    return pass;
}

void pass_release(Pass *pass)
{
    pass->reserved_bytes = 0;
    if (pass->dispatcher != NULL)
        dispatcher_reserve(pass->dispatcher, 0);
    held_release(pass->held);
    if (pass->in_force != NULL)
        in_force_release(pass->in_force);
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

/* If there are no workers yet, the configured number counts when they are started. */
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
    in_force_free(pass->in_force);
    store_listing_free(pass->listing);
    sweep_free(pass->sweep);
    key_walk_free(pass->walk);
    held_free(pass->held);
    pass_verify_free(pass);
    collector_free(pass->collector);
    ledger_close(pass->ledger);
    dispatcher_free(pass->dispatcher);
    failure_memory_free(pass->memory);
    store_watch_free(pass->watch);
    stores_close(pass->stores);
    index_free(pass->index);
    recipe_clocks_free(pass->clocks);
    g_free(pass->wishes);
    key_order_free(pass->order);
    g_free(pass->start);
    unlisted_free(pass->unlisted);
    pass_fates_end(pass);
    report_free(pass->report);
    timer_free(pass->step);
    timer_free(pass->progress);
    patience_free(pass->deadline);
    g_main_context_unref(pass->context);
    g_free(pass);
}
