#include "daemon/upkeep/collector.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"
#include "base/timer.h"
#include "batch/selection.h"
#include "ledger/orphans.h"

/* Orphans that are being looked at, each with one request at a time. */
#define MAX_IN_FLIGHT 16u

/* Orphans that are read from the ledger at once. */
#define PAGE 256u

/* Pages of the listing of an orphan's originals. Beyond that it is kept: a name that so many others start
 * with costs too much to be sure about. */
#define MAX_ORIGINAL_PAGES 10u

struct Collector {
    CollectorOptions options;
    Orphans *orphans;
    GPtrArray *page; /* of Orphan: the rest of what was read; NULL before the first page */
    char *last_key;  /* of the last page */
    GPtrArray *in_flight;
    guint64 n_orphans; /* within the prefix of the scope, of all shards */
    gboolean is_deleting;
    gboolean is_at_end; /* no more pages, or stopped */
    gboolean is_done;
    gint64 now_s;
    Timer *step;
};

/* An orphan on its way through conditions 4 to 6. */
typedef struct {
    Collector *collector;
    char *key;
    char *start; /* of its originals' keys */
    StoreListing *listing;
    guint pages;
    StoreHeadRequest *head;
    StoreDeleteRequest *deletion;
} Candidate;

static void candidate_free(void *data)
{
    Candidate *candidate = data;

    store_listing_free(candidate->listing);
    store_head_cancel(candidate->head);
    store_delete_cancel(candidate->deletion);
    g_free(candidate->key);
    g_free(candidate->start);
    g_free(candidate);
}

static void poke(Collector *collector)
{
    timer_set(collector->step, clock_now_us());
}

/* The candidate's fate is known: counts it. */
static void settle(Candidate *candidate, guint64 *counter)
{
    Collector *collector = candidate->collector;

    (*counter)++;
    g_ptr_array_remove_fast(collector->in_flight, candidate);
    poke(collector);
}

static void fail(Candidate *candidate, const GError *error)
{
    g_autofree char *quoted = quote_key(candidate->key);

    log_event(LOG_WARNING, "orphan not deleted", "output", quoted, "class",
              error_class_name(error_class(error)), "reason", error->message, NULL);
    settle(candidate, &candidate->collector->options.report->orphans.failed);
}

/* 6. The DELETE request */

static void tell_deleted(const Candidate *candidate)
{
    const CollectorOptions *options = &candidate->collector->options;
    g_autofree char *quoted = quote_key(candidate->key);

    if (options->on_deleted != NULL)
        options->on_deleted(quoted, options->data);
    if (!options->is_dry_run)
        log_event(LOG_INFO, "orphan deleted", "output", quoted, NULL);
}

static void on_delete(StoreDeletion deletion, const GError *error, void *data)
{
    Candidate *candidate = data;
    Collector *collector = candidate->collector;
    RunReport *report = collector->options.report;

    candidate->deletion = NULL;
    switch (deletion) {
    case STORE_DELETED:
        (void)orphans_forget(collector->orphans, candidate->key, NULL);
        tell_deleted(candidate);
        settle(candidate, &report->orphans.deleted);
        break;
    case STORE_CHANGED: settle(candidate, &report->orphans.kept); break;
    case STORE_DELETE_FAILED: fail(candidate, error); break;
    }
}

static void delete_version(Candidate *candidate, const char *etag)
{
    Collector *collector = candidate->collector;

    if (collector->options.is_dry_run) {
        tell_deleted(candidate);
        settle(candidate, &collector->options.report->orphans.deleted);
        return;
    }
    candidate->deletion =
        store_delete(collector->options.destination, candidate->key, etag, on_delete, candidate);
}

/* 5. The HEAD request */

static gboolean is_ours(const StoreHead *head)
{
    for (guint i = 0; head->metadata != NULL && head->metadata[i] != NULL; i++) {
        if (g_ascii_strncasecmp(head->metadata[i], CONFIG_PROVENANCE_PREFIX,
                                strlen(CONFIG_PROVENANCE_PREFIX)) == 0)
            return TRUE;
    }
    return FALSE;
}

static void on_head(StoreHead *answer, const GError *error, void *data)
{
    Candidate *candidate = data;
    RunReport *report = candidate->collector->options.report;
    g_autoptr(StoreHead) head = answer;

    candidate->head = NULL;
    if (head == NULL)
        fail(candidate, error);
    else if (!is_ours(head) || head->etag == NULL)
        settle(candidate, &report->orphans.foreign);
    else
        delete_version(candidate, head->etag);
}

/* 4. The listing of the originals' keys */

static gboolean is_claimed(const Candidate *candidate, const GPtrArray *objects)
{
    const Config *config = candidate->collector->options.config;

    for (guint i = 0; i < objects->len; i++) {
        const StoreObject *object = objects->pdata[i];

        if (selection_matches(&config->source, object->key) &&
            orphan_is_claimed(config, object->key, candidate->key))
            return TRUE;
    }
    return FALSE;
}

static void on_originals(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Candidate *candidate = data;
    Collector *collector = candidate->collector;

    if (error != NULL) {
        fail(candidate, error);
    } else if (is_claimed(candidate, objects) || (!is_last && ++candidate->pages >= MAX_ORIGINAL_PAGES)) {
        settle(candidate, &collector->options.report->orphans.kept);
    } else if (!is_last) {
        store_listing_next(candidate->listing);
    } else {
        g_clear_pointer(&candidate->listing, store_listing_free);
        candidate->head = store_head(collector->options.destination, candidate->key, on_head, candidate);
    }
}

static void examine(Collector *collector, const Orphan *orphan)
{
    Candidate *candidate = g_new0(Candidate, 1);

    candidate->collector = collector;
    candidate->key = g_strdup(orphan->key);
    candidate->start = orphan_source_start(collector->options.config, orphan->key);
    g_ptr_array_add(collector->in_flight, candidate);
    if (candidate->start == NULL) { /* of another configuration */
        settle(candidate, &collector->options.report->orphans.kept);
        return;
    }
    candidate->listing =
        store_list_scope(collector->options.source, STORE_LIST_SOURCE,
                         &(StoreScope){.prefix = candidate->start, .max_ranges = 1}, on_originals, candidate);
    store_listing_next(candidate->listing);
}

/* 3. Orphans that have been orphans for long enough, page by page */

static void give_up(Collector *collector, const GError *error)
{
    log_event(LOG_ERROR, "orphans are not deleted: the ledger does not work", "reason", error->message, NULL);
    collector->options.report->orphans.failed++;
    collector->is_at_end = TRUE;
}

static void read_page(Collector *collector)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&collector->page, g_ptr_array_unref);
    collector->page = orphans_page(collector->orphans, collector->last_key, PAGE, &error);
    if (collector->page == NULL) {
        give_up(collector, error);
    } else if (collector->page->len == 0) {
        collector->is_at_end = TRUE;
    } else {
        const Orphan *last = collector->page->pdata[collector->page->len - 1];

        g_free(collector->last_key);
        collector->last_key = g_strdup(last->key);
    }
}

static gboolean is_resting(const Collector *collector, const Orphan *orphan)
{
    const gint64 grace_s = collector->options.config->destination.orphan_grace_ms / 1000;

    return collector->now_s - orphan->first_s < grace_s;
}

static void take_next(Collector *collector)
{
    g_autoptr(Orphan) orphan = g_ptr_array_steal_index(collector->page, 0);

    if (is_resting(collector, orphan))
        collector->options.report->orphans.resting++;
    else
        examine(collector, orphan);
}

static void on_step(void *data)
{
    Collector *collector = data;

    while (!collector->is_at_end && collector->in_flight->len < MAX_IN_FLIGHT) {
        if (collector->page == NULL || collector->page->len == 0)
            read_page(collector);
        else
            take_next(collector);
    }
    if (!collector->is_at_end || collector->in_flight->len > 0 || collector->is_done)
        return;
    collector->is_done = TRUE;
    collector->options.on_done(collector->options.data);
}

/* 2. Whether anything may be deleted */

static gboolean write_orphans(Collector *collector, GError **error)
{
    return scope_is_whole(&collector->options.scope) ? orphans_settle(collector->orphans, error)
                                                     : orphans_write(collector->orphans, error);
}

void collector_begin(Collector *collector, OrphanScene scene)
{
    g_autofree char *objection = NULL;
    g_autoptr(GError) error = NULL;

    scene.orphans = collector->n_orphans;
    objection = orphan_objection(&scene, &collector->options.limit);
    collector->is_deleting = TRUE;
    collector->is_at_end = collector->is_at_end || objection != NULL || scene.orphans == 0;
    if (objection != NULL && scene.orphans > 0) {
        log_event(LOG_WARNING, "no orphan is deleted", "reason", objection, NULL);
        collector->options.report->orphans.refused += orphans_count(collector->orphans);
    } else if (scene.is_complete && !write_orphans(collector, &error)) {
        give_up(collector, error);
    }
    poke(collector);
}

/* 1. Noting */

void collector_note(Collector *collector, const char *output_key)
{
    g_autofree char *start = orphan_source_start(collector->options.config, output_key);
    g_autoptr(GError) error = NULL;

    if (start == NULL || collector->is_at_end || !scope_covers(&collector->options.scope, start))
        return;
    collector->n_orphans++;
    if (!scope_has(&collector->options.scope, start))
        return;
    collector->options.report->orphans.found++;
    if (!orphans_note(collector->orphans, output_key, collector->now_s, ORPHANS_MAX, &error))
        give_up(collector, error);
}

Collector *collector_new(const CollectorOptions *options, GMainContext *context, GError **error)
{
    Orphans *orphans = orphans_begin(options->ledger, error);
    Collector *collector;

    if (orphans == NULL)
        return NULL;
    collector = g_new0(Collector, 1);
    collector->options = *options;
    collector->orphans = orphans;
    collector->last_key = g_strdup("");
    collector->in_flight = g_ptr_array_new_with_free_func(candidate_free);
    collector->now_s = clock_wall_us() / CLOCK_US_PER_S;
    collector->step = timer_new(context, on_step, collector);
    return collector;
}

void collector_stop(Collector *collector)
{
    collector->is_at_end = TRUE;
    if (collector->is_deleting)
        poke(collector);
}

void collector_free(Collector *collector)
{
    if (collector == NULL)
        return;
    g_ptr_array_unref(collector->in_flight);
    g_clear_pointer(&collector->page, g_ptr_array_unref);
    orphans_end(collector->orphans);
    timer_free(collector->step);
    g_free(collector->last_key);
    g_free(collector);
}
