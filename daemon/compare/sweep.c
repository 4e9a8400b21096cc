#include "daemon/compare/sweep.h"

#include "batch/selection.h"

/* A range costs about one page more of each listing: 3 % of them. Only servers that answer slowly get more
 * ranges. */
#define PAGES_PER_RANGE 32u

typedef struct Track Track;

/* The destination's keys of one group, in order. */
typedef struct {
    Track *track;
    guint group;
    StoreListing *listing;
    GPtrArray *page; /* of StoreObject, or NULL */
    guint next;      /* the first of page that has not been given to the lane */
    GPtrArray *ahead;
    gboolean has_begun; /* a page has arrived */
    gboolean is_asked;
    gboolean has_failed;
    gboolean is_end; /* no page follows */
} Stream;

/* A range of the source on its way. */
struct Track {
    Sweep *sweep;
    guint64 range;
    Lane *lane;
    GPtrArray *streams; /* of Stream */
    GPtrArray *page; /* source objects for the next window, or NULL; the last one may be kept back from it */
    gboolean has_page; /* a page of the listing is in `page` that has not been in a window */
    gboolean is_end;   /* it was the last page of the range */
    double share;      /* of the source that has been listed with that page */
    double open_share; /* and with the open window */
};

struct Sweep {
    SweepOptions options;
    StoreListing *listing; /* of the source; NULL when it has ended */
    gboolean is_asked;
    gboolean has_failed;
    double share;
    GPtrArray *tracks; /* of Track */
    const RecipeClocks *clocks;
    Index *shared;
};

static void on_destination_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

static GPtrArray *objects_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)store_object_free);
}

/* Tracks */

static void stream_free(void *data)
{
    Stream *stream = data;

    store_listing_free(stream->listing);
    g_clear_pointer(&stream->page, g_ptr_array_unref);
    g_clear_pointer(&stream->ahead, g_ptr_array_unref);
    g_free(stream);
}

static void track_free(void *data)
{
    Track *track = data;

    lane_free(track->lane);
    g_ptr_array_unref(track->streams);
    g_ptr_array_unref(track->page);
    g_free(track);
}

static void describe(const void *item, DiffObject *ret_object)
{
    const StoreObject *object = item;

    *ret_object =
        (DiffObject){.key = object->key, .mtime_s = object->mtime_s, .size_bytes = object->size_bytes};
}

static void free_item(void *item)
{
    store_object_free(item);
}

static void on_compared(void *item, Diff *diff, gboolean is_at_end, void *data)
{
    const Sweep *sweep = data;

    sweep->options.on_compared(item, diff, is_at_end, sweep->options.data);
}

static void on_refused(void *item, const GError *error, void *data)
{
    const Sweep *sweep = data;

    sweep->options.on_refused(item, error, sweep->options.data);
}

static void on_orphan(const char *output_key, void *data)
{
    const Sweep *sweep = data;

    sweep->options.on_orphan(output_key, sweep->options.data);
}

static Stream *stream_new(Track *track, guint group, const char *after)
{
    const SweepOptions *options = &track->sweep->options;
    const char *constant = key_order_prefix(options->order, group);
    g_autofree char *prefix = g_strconcat(constant, options->start, NULL);
    g_autofree char *start = after != NULL ? g_strconcat(constant, after, NULL) : NULL;
    const StoreScope scope = {.prefix = prefix, .after = start, .max_ranges = 1};
    Stream *stream = g_new0(Stream, 1);

    stream->track = track;
    stream->group = group;
    stream->listing =
        store_list_scope(options->destination, STORE_LIST_DESTINATION, &scope, on_destination_page, stream);
    return stream;
}

/* NULL if the kernel provides no random key. */
static Track *track_new(Sweep *sweep, guint64 range, const char *after, GError **error)
{
    Lane *lane = lane_new(&(LaneOptions){.config = sweep->options.config,
                                         .order = sweep->options.order,
                                         .clocks = sweep->clocks,
                                         .shared = sweep->shared,
                                         .after = after,
                                         .suspects = sweep->options.suspects,
                                         .free_item = free_item,
                                         .describe = describe,
                                         .on_compared = on_compared,
                                         .on_refused = on_refused,
                                         .on_orphan = sweep->options.on_orphan != NULL ? on_orphan : NULL,
                                         .data = sweep},
                          error);
    Track *track;

    if (lane == NULL)
        return NULL;
    track = g_new0(Track, 1);
    track->sweep = sweep;
    track->range = range;
    track->lane = lane;
    track->page = objects_new();
    track->streams = g_ptr_array_new_with_free_func(stream_free);
    for (guint i = 0; i < key_order_n_groups(sweep->options.order); i++)
        g_ptr_array_add(track->streams, stream_new(track, i, after));
    g_ptr_array_add(sweep->tracks, track);
    return track;
}

static Track *track_at(const Sweep *sweep, guint i)
{
    return sweep->tracks->pdata[i];
}

static Track *find_track(const Sweep *sweep, guint64 range)
{
    for (guint i = 0; i < sweep->tracks->len; i++) {
        if (track_at(sweep, i)->range == range)
            return track_at(sweep, i);
    }
    return NULL;
}

/* Pages */

static void tell_page(const Sweep *sweep, Store *store, StoreListing *listing, guint n_objects,
                      const GError *error)
{
    g_autoptr(GPtrArray) skips = store_listing_take_skips(listing);
    g_autofree char *problem = store_listing_take_problem(listing);

    sweep->options.on_page(&(SweepPage){.store = store,
                                        .is_source = store == sweep->options.source,
                                        .n_objects = n_objects,
                                        .error = error,
                                        .skips = skips,
                                        .problem = problem},
                           sweep->options.data);
    sweep->options.on_poke(sweep->options.data);
}

static void on_destination_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Stream *stream = data;
    const Sweep *sweep = stream->track->sweep;

    stream->is_asked = FALSE;
    stream->has_failed = error != NULL;
    if (error == NULL) {
        stream->has_begun = TRUE;
        stream->is_end = is_last;
        stream->ahead = g_ptr_array_ref(objects);
    }
    tell_page(sweep, sweep->options.destination, stream->listing, error == NULL ? objects->len : 0, error);
}

/* Moves all objects, selected or not: the last one's key is needed for the cut. */
static void take_objects(Track *track, GPtrArray *objects)
{
    g_ptr_array_set_free_func(objects, NULL);
    for (guint i = 0; i < objects->len; i++)
        g_ptr_array_add(track->page, objects->pdata[i]);
    g_ptr_array_set_size(objects, 0);
}

/* Takes a page of the source. FALSE with *error set if its range cannot be begun. */
static gboolean take_source_page(Sweep *sweep, GPtrArray *objects, gboolean is_last, GError **error)
{
    const StoreRange range = store_listing_range(sweep->listing);
    Track *track = find_track(sweep, range.id);

    if (track == NULL)
        track = track_new(sweep, range.id, range.after, error);
    if (track == NULL)
        return FALSE;
    lane_set_until(track->lane, range.until);
    take_objects(track, objects);
    track->share = store_listing_share(sweep->listing);
    track->has_page = TRUE;
    track->is_end = is_last || range.is_end;
    store_listing_hold(sweep->listing, range.id, TRUE);
    return TRUE;
}

static void on_source_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Sweep *sweep = data;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    g_autoptr(StoreListing) ended = NULL;
    const guint n_objects = objects != NULL ? objects->len : 0;

    sweep->is_asked = FALSE;
    if (objects != NULL && take_source_page(sweep, objects, is_last, &failure) && is_last)
        ended = g_steal_pointer(&sweep->listing);
    sweep->has_failed = failure != NULL;
    tell_page(sweep, sweep->options.source, ended != NULL ? ended : sweep->listing, n_objects, failure);
}

/* Windows */

/* Opens the next window with the source objects that have arrived, but for the last: what follows it decides
 * where it belongs. */
static void open_window(Track *track)
{
    Sweep *sweep = track->sweep;
    const SourceConfig *source = &sweep->options.config->source;
    const guint n = track->page->len;
    g_autoptr(GPtrArray) items = g_ptr_array_new();
    g_autofree char *cut = NULL;
    StoreObject *last = NULL;

    track->has_page = FALSE;
    track->open_share = track->share;
    if (sweep->listing != NULL)
        store_listing_hold(sweep->listing, track->range, FALSE);
    if (!track->is_end && n < 2)
        return;
    if (!track->is_end) {
        last = track->page->pdata[n - 1];
        cut = key_order_cut(((const StoreObject *)track->page->pdata[n - 2])->key, last->key);
    }
    g_ptr_array_set_free_func(track->page, NULL);
    for (guint i = 0; i < n; i++) {
        StoreObject *object = track->page->pdata[i];

        if (object == last)
            continue;
        if (selection_matches(source, object->key))
            g_ptr_array_add(items, object);
        else
            store_object_free(object);
    }
    g_ptr_array_set_size(track->page, 0);
    g_ptr_array_set_free_func(track->page, (GDestroyNotify)store_object_free);
    if (last != NULL)
        g_ptr_array_add(track->page, last);
    lane_open(track->lane, items, cut);
}

/* Gives the lane what has arrived. Whether that is all that it wants of this group. */
static gboolean feed(const Track *track, Stream *stream)
{
    while (TRUE) {
        for (; stream->page != NULL && stream->next < stream->page->len; stream->next++) {
            const StoreObject *object = stream->page->pdata[stream->next];

            if (!lane_wants(track->lane, stream->group, object->key))
                return TRUE;
            lane_give(track->lane, object->key, object->mtime_s);
        }
        g_clear_pointer(&stream->page, g_ptr_array_unref);
        stream->next = 0;
        if (stream->ahead == NULL)
            return stream->is_end;
        stream->page = g_steal_pointer(&stream->ahead);
    }
}

static gboolean feed_all(const Track *track)
{
    gboolean is_all = TRUE;

    for (guint i = 0; i < track->streams->len; i++)
        is_all &= feed(track, track->streams->pdata[i]);
    return is_all;
}

/* Opens windows and closes one that has all it wants, if objects are wanted. TRUE if one was closed. */
static gboolean advance(Sweep *sweep, Track *track, gboolean wants_objects)
{
    if (!lane_is_open(track->lane) && track->has_page)
        open_window(track);
    if (!lane_is_open(track->lane) || !feed_all(track) || !wants_objects)
        return FALSE;
    if (sweep->listing != NULL && !track->is_end)
        lane_set_until(track->lane, store_listing_until(sweep->listing, track->range));
    sweep->share = track->open_share;
    lane_close(track->lane);
    if (track->is_end && !track->has_page && track->page->len == 0)
        g_ptr_array_remove(sweep->tracks, track);
    return TRUE;
}

/* Requests */

static gboolean wants_source_page(const Sweep *sweep)
{
    gboolean is_any = FALSE;

    if (sweep->listing == NULL || sweep->is_asked)
        return FALSE;
    for (guint i = 0; i < sweep->tracks->len; i++) {
        if (!track_at(sweep, i)->is_end && !track_at(sweep, i)->has_page)
            return TRUE;
        is_any |= !track_at(sweep, i)->is_end;
    }
    return !is_any;
}

/* One page is requested ahead of the one in use. */
static gboolean wants_page(const Stream *stream)
{
    return !stream->is_asked && !stream->is_end && stream->ahead == NULL;
}

static void ask_source(Sweep *sweep)
{
    sweep->is_asked = TRUE;
    store_listing_next(sweep->listing);
}

static void ask_stream(Stream *stream)
{
    stream->is_asked = TRUE;
    store_listing_next(stream->listing);
}

/* Requests one page, preferably one whose listing failed (only_failed: no other). */
static gboolean ask_one(Sweep *sweep, gboolean only_failed)
{
    if (wants_source_page(sweep) && (sweep->has_failed || !only_failed)) {
        ask_source(sweep);
        return TRUE;
    }
    for (guint i = 0; i < sweep->tracks->len; i++) {
        const Track *track = track_at(sweep, i);

        for (guint j = 0; j < track->streams->len; j++) {
            Stream *stream = track->streams->pdata[j];

            if (wants_page(stream) && (stream->has_failed || !only_failed)) {
                ask_stream(stream);
                return TRUE;
            }
        }
    }
    return FALSE;
}

static gboolean ask_first(const Sweep *sweep)
{
    Stream *stream = track_at(sweep, 0)->streams->pdata[0];

    if (stream->has_begun || !wants_page(stream))
        return FALSE;
    ask_stream(stream);
    return TRUE;
}

static gboolean ask(Sweep *sweep, SweepLeave leave)
{
    gboolean has_asked = FALSE;

    if (leave == SWEEP_FIRST)
        return ask_first(sweep);
    if (leave == SWEEP_PROBE)
        return ask_one(sweep, TRUE) || ask_one(sweep, FALSE);
    while (leave == SWEEP_GO && ask_one(sweep, FALSE))
        has_asked = TRUE;
    return has_asked;
}

gboolean sweep_step(Sweep *sweep, SweepLeave leave, gboolean wants_objects)
{
    gboolean is_closed = FALSE;

    for (guint i = 0; i < sweep->tracks->len && !is_closed; i++)
        is_closed = advance(sweep, track_at(sweep, i), wants_objects);
    if (is_closed)
        sweep->options.on_poke(sweep->options.data);
    return ask(sweep, leave);
}

/* Beginning and end */

/* So many ranges that with their listings of the destination s3.list_ranges requests are under way. */
static guint max_ranges(const SweepOptions *options)
{
    const guint listings = 1 + key_order_n_groups(options->order);

    return MAX(1, (options->config->source.s3.list_ranges + listings - 1) / listings);
}

static gboolean may_enter(const char *folder, void *data)
{
    return selection_may_enter(data, folder);
}

Sweep *sweep_new(const SweepOptions *options, GError **error)
{
    g_autoptr(Sweep) sweep = g_new0(Sweep, 1);
    const StoreScope scope = {.prefix = options->start,
                              .may_enter = may_enter,
                              .data = (void *)&options->config->source,
                              .never_by_link = options->destination,
                              .max_ranges = max_ranges(options),
                              .pages_per_range = PAGES_PER_RANGE};

    sweep->options = *options;
    sweep->share = -1;
    sweep->tracks = g_ptr_array_new_with_free_func(track_free);
    sweep->shared = index_new(error);
    if (sweep->shared == NULL || track_new(sweep, 0, NULL, error) == NULL)
        return NULL;
    sweep->listing = store_list_scope(options->source, STORE_LIST_SOURCE, &scope, on_source_page, sweep);
    return g_steal_pointer(&sweep);
}

void sweep_set_clocks(Sweep *sweep, const RecipeClocks *clocks)
{
    sweep->clocks = clocks;
    for (guint i = 0; i < sweep->tracks->len; i++)
        lane_set_clocks(track_at(sweep, i)->lane, clocks);
}

void sweep_free(Sweep *sweep)
{
    if (sweep == NULL)
        return;
    store_listing_free(sweep->listing);
    g_ptr_array_unref(sweep->tracks);
    index_free(sweep->shared);
    g_free(sweep);
}

gboolean sweep_is_done(const Sweep *sweep)
{
    return sweep->listing == NULL && sweep->tracks->len == 0;
}

double sweep_share(const Sweep *sweep)
{
    return sweep->share;
}
