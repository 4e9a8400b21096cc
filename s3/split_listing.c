#include "s3/split_listing.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "s3/key_boundary.h"

/* A page that takes longer than this is worth another range: servers nearby need a few milliseconds, those
 * far away 100 and more. */
#define SLOW_PAGE_US (40 * CLOCK_US_PER_MS)

/* The keys after the end of the previous range, up to and including until. */
typedef struct {
    S3SplitListing *owner;
    S3Listing *listing;
    guint64 id;
    char *after;         /* or NULL */
    gboolean is_held;    /* no page is delivered */
    char *until;         /* the last key that may belong to it; NULL if it is open-ended */
    char *nothing_after; /* a key after which a former range found no keys, or NULL; only a hint */
    char *first;         /* first key of its latest page with keys, or NULL before that page */
    char *last;
    guint pages;            /* received since it was last cut, not counting a last page */
    gboolean on_trial;      /* its first page has not arrived; the previous range may get its keys back */
    gboolean is_last_trial; /* the previous trial failed temporarily: this is the second and last */
    gboolean is_asked;
    gint64 asked_us; /* clock_now_us() */
    GPtrArray *page; /* received but not delivered yet, or NULL */
    gboolean is_end; /* the server has no keys after page */
} Range;

struct S3SplitListing {
    S3Client *client;
    char *prefix;
    guint max_keys;
    guint max_ranges;
    guint pages_per_range;
    guint cuts;
    guint pages;        /* received */
    gint64 quickest_us; /* of them */
    GPtrArray *ranges;  /* of Range, ascending: together they hold all keys not delivered yet */
    KeyAlphabet alphabet;
    gboolean is_doubted; /* the latest trial failed temporarily */
    char *problem;       /* for s3_split_listing_take_problem(), or NULL */
    GError *failed;      /* not delivered yet, or NULL */
    gboolean is_probed;  /* a failure was delivered and no page has arrived since: only one range sends a
                          * request at a time */
    gboolean is_wanted;
    guint64 ids;            /* given to ranges so far */
    S3SplitRange delivered; /* the range of the page that is delivered */
    Timer *delivery;
    S3ListFunc func;
    void *user;
};

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

static const char *key_at(const GPtrArray *objects, guint i)
{
    return ((const S3Object *)g_ptr_array_index(objects, i))->key;
}

static void replace(char **text, char *with)
{
    g_free(*text);
    *text = with;
}

/* Ranges */

static void range_free(void *data)
{
    Range *range = data;

    s3_listing_free(range->listing);
    g_clear_pointer(&range->page, g_ptr_array_unref);
    g_free(range->after);
    g_free(range->until);
    g_free(range->nothing_after);
    g_free(range->first);
    g_free(range->last);
    g_free(range);
}

static Range *range_new(S3SplitListing *owner, const char *after, gboolean on_trial)
{
    Range *range = g_new0(Range, 1);

    range->owner = owner;
    range->id = owner->ids++;
    range->after = g_strdup(after);
    range->on_trial = on_trial;
    range->is_last_trial = owner->is_doubted;
    range->listing = s3_listing_new(owner->client,
                                    &(S3ListOptions){.prefix = owner->prefix,
                                                     .after = after,
                                                     .max_keys = owner->max_keys,
                                                     .may_begin_early = !on_trial},
                                    on_page, range);
    return range;
}

static Range *range_at(const S3SplitListing *listing, guint i)
{
    return g_ptr_array_index(listing->ranges, i);
}

static gboolean is_before(const char *key, const char *end)
{
    return end == NULL || strcmp(key, end) < 0;
}

static gboolean range_has(const Range *range, const char *key)
{
    return range->until == NULL || strcmp(key, range->until) <= 0;
}

/* Whether the page that the range holds is its last. */
static gboolean range_ends(const Range *range)
{
    return range->is_end ||
           (range->page->len > 0 && !is_before(key_at(range->page, range->page->len - 1), range->until));
}

static gboolean next_is_on_trial(const S3SplitListing *listing, guint i)
{
    return i + 1 < listing->ranges->len && range_at(listing, i + 1)->on_trial;
}

/* A range does not end, nor is its last page cut off at its end, before the next range has proved that it
 * begins there. */
static gboolean is_deliverable(const S3SplitListing *listing, guint i)
{
    const Range *range = range_at(listing, i);

    return range->page != NULL && !range->is_held && !range->on_trial &&
           !(range_ends(range) && next_is_on_trial(listing, i));
}

/* Cutting */

/* Whether another range would cost too many requests. Where each page takes long, time is worth more. */
static gboolean is_frugal(const S3SplitListing *listing)
{
    return listing->pages_per_range > 0 && listing->quickest_us < SLOW_PAGE_US &&
           listing->cuts >= listing->pages / listing->pages_per_range;
}

static gboolean may_be_cut(const S3SplitListing *listing, guint i)
{
    const Range *range = range_at(listing, i);

    return range->pages > 0 && range->last != NULL && !range->on_trial && !next_is_on_trial(listing, i) &&
           !(range->page != NULL && range_ends(range));
}

/* Cuts the rest of range number i in two, if possible. */
static void cut(S3SplitListing *listing, guint i)
{
    Range *range = range_at(listing, i);
    gboolean is_below = range->nothing_after != NULL && is_before(range->last, range->nothing_after);
    const char *bound = is_below ? range->nothing_after : range->until;
    g_autofree char *boundary = key_boundary(
        &listing->alphabet, &(KeySpan){range->first, range->last, bound, strlen(listing->prefix)});
    Range *upper;

    range->pages = 0;
    if (boundary == NULL)
        return;
    upper = range_new(listing, boundary, TRUE);
    upper->until = g_steal_pointer(&range->until);
    upper->nothing_after = g_steal_pointer(&range->nothing_after);
    range->until = g_steal_pointer(&boundary);
    listing->cuts++;
    g_ptr_array_insert(listing->ranges, (int)i + 1, upper);
}

/* Finds the range that most pages have arrived for: as far as anything is known, it has the most keys left.
 * Returns FALSE if no range can be cut. */
static gboolean find_longest(const S3SplitListing *listing, guint *ret_i)
{
    guint most = 0;

    for (guint i = 0; i < listing->ranges->len; i++) {
        if (may_be_cut(listing, i) && range_at(listing, i)->pages > most) {
            most = range_at(listing, i)->pages;
            *ret_i = i;
        }
    }
    return most > 0;
}

/* Gives the keys of range number i back to the previous range, because its first page was empty or refused.
 * (There is a previous one: it neither ends nor is cut during the trial.) */
static void give_back(S3SplitListing *listing, guint i)
{
    Range *range = range_at(listing, i);
    Range *lower = range_at(listing, i - 1);
    char *boundary = g_steal_pointer(&lower->until);

    lower->until = g_steal_pointer(&range->until);
    replace(&lower->nothing_after, boundary);
    g_ptr_array_remove_index(listing->ranges, i);
}

/* Pages */

static void ask(S3SplitListing *listing)
{
    guint i = 0;

    while (!listing->is_probed && !is_frugal(listing) && listing->ranges->len < listing->max_ranges &&
           find_longest(listing, &i))
        cut(listing, i);
    for (i = 0; i < listing->ranges->len; i++) {
        Range *range = range_at(listing, i);

        if (range->page == NULL && !range->is_asked) {
            range->is_asked = TRUE;
            range->asked_us = clock_now_us();
            s3_listing_next(range->listing);
        }
        if (range->is_asked && listing->is_probed)
            return;
    }
}

static gboolean find_deliverable(const S3SplitListing *listing, guint *ret_i)
{
    for (guint i = 0; i < listing->ranges->len; i++) {
        if (is_deliverable(listing, i)) {
            *ret_i = i;
            return TRUE;
        }
    }
    return FALSE;
}

/* Called when a page or an error has arrived: delivers it, or sends further requests. */
static void look(S3SplitListing *listing)
{
    guint i;

    if (!listing->is_wanted)
        return;
    if (listing->failed != NULL || find_deliverable(listing, &i))
        timer_set(listing->delivery, 0);
    else
        ask(listing);
}

/* Describes the range for the receiver of its page. */
static void describe(S3SplitListing *listing, const Range *range)
{
    S3SplitRange *delivered = &listing->delivered;

    delivered->id = range->id;
    replace(&delivered->after, g_strdup(range->after));
    replace(&delivered->until, g_strdup(range->until));
    delivered->is_end = range_ends(range);
}

static void deliver(void *data)
{
    S3SplitListing *listing = data;
    g_autoptr(GPtrArray) page = NULL;
    guint i = 0, own = 0;

    listing->is_wanted = FALSE;
    if (listing->failed != NULL) {
        g_autoptr(GError) failed = g_steal_pointer(&listing->failed); /* outlives listing */

        listing->is_probed = TRUE;
        listing->func(NULL, FALSE, failed, listing->user); /* may free listing */
        return;
    }
    if (!find_deliverable(listing, &i)) { /* its range has been held meanwhile */
        listing->is_wanted = TRUE;
        ask(listing);
        return;
    }
    page = g_ptr_array_ref(range_at(listing, i)->page);
    while (own < page->len && range_has(range_at(listing, i), key_at(page, own)))
        own++;
    describe(listing, range_at(listing, i));
    if (range_ends(range_at(listing, i)))
        g_ptr_array_remove_index(listing->ranges, i);
    else
        g_clear_pointer(&range_at(listing, i)->page, g_ptr_array_unref);
    g_ptr_array_set_size(page, (int)own);
    listing->func(page, listing->ranges->len == 0, NULL, listing->user); /* may free listing */
}

/* Updates what key_boundary() needs to know, from a new page. */
static void learn(Range *range, const GPtrArray *objects, gboolean is_last)
{
    range->pages += is_last ? 0 : 1;
    if (objects->len == 0)
        return;
    replace(&range->first, g_strdup(key_at(objects, 0)));
    replace(&range->last, g_strdup(key_at(objects, objects->len - 1)));
    if (range->owner->max_ranges == 1)
        return; /* no boundary is asked for */
    for (guint i = 0; i < objects->len; i++)
        key_alphabet_add(&range->owner->alphabet, key_at(objects, i));
}

/* Whether the first page of a range proves that the range begins where the previous one ends. */
static gboolean is_proven(const Range *range, const GPtrArray *objects)
{
    return objects->len > 0 && range_has(range, key_at(objects, 0));
}

/* A trial that fails temporarily proves nothing about ranges, as the server may just have become unavailable.
 * If the next one fails as well, the server cannot list ranges. */
static void on_failure(Range *range, guint i, const GError *error)
{
    S3SplitListing *listing = range->owner;
    const gboolean is_final = range->on_trial && (range->is_last_trial || !error_may_pass(error));

    if (is_final) {
        listing->max_ranges = 1;
        replace(&listing->problem, g_strdup(error->message));
    } else if (listing->failed == NULL) {
        listing->failed = g_error_copy(error);
    }
    if (range->on_trial) {
        listing->is_doubted = TRUE;
        give_back(listing, i);
        g_clear_pointer(&range_at(listing, i - 1)->nothing_after, g_free);
    }
}

/* Ends the trial of a range whose first page has proved where it begins. */
static void prove(Range *range, guint i)
{
    S3SplitListing *listing = range->owner;

    g_clear_pointer(&range_at(listing, i - 1)->nothing_after, g_free);
    range->on_trial = FALSE;
    listing->is_doubted = FALSE;
}

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Range *range = data;
    S3SplitListing *listing = range->owner;
    guint i = 0;

    (void)g_ptr_array_find(listing->ranges, range, &i);
    range->is_asked = FALSE;
    listing->is_probed &= error != NULL;
    if (error == NULL) {
        listing->pages++;
        listing->quickest_us = MIN(listing->quickest_us, clock_now_us() - range->asked_us);
    }
    if (error != NULL) {
        on_failure(range, i, error);
    } else if (range->on_trial && !is_proven(range, objects)) {
        give_back(listing, i);
    } else {
        if (range->on_trial)
            prove(range, i);
        range->page = g_ptr_array_ref(objects);
        range->is_end = is_last;
        learn(range, objects, is_last);
    }
    look(listing);
}

void s3_split_listing_next(S3SplitListing *listing)
{
    guint i;

    g_return_if_fail(!listing->is_wanted);

    listing->is_wanted = TRUE;
    if (listing->failed == NULL)
        ask(listing);
    if (listing->failed != NULL || find_deliverable(listing, &i))
        timer_set(listing->delivery, 0);
}

const S3SplitRange *s3_split_listing_range(const S3SplitListing *listing)
{
    return &listing->delivered;
}

static Range *find_range(const S3SplitListing *listing, guint64 id)
{
    for (guint i = 0; i < listing->ranges->len; i++) {
        if (range_at(listing, i)->id == id)
            return range_at(listing, i);
    }
    return NULL;
}

void s3_split_listing_hold(S3SplitListing *listing, guint64 range, gboolean is_held)
{
    Range *found = find_range(listing, range);

    if (found == NULL || found->is_held == is_held)
        return;
    found->is_held = is_held;
    if (!is_held)
        look(listing);
}

const char *s3_split_listing_until(const S3SplitListing *listing, guint64 range)
{
    const Range *found = find_range(listing, range);

    return found != NULL ? found->until : NULL;
}

S3SplitListing *s3_split_listing_new(S3Client *client, const S3SplitOptions *options, S3ListFunc func,
                                     void *data)
{
    S3SplitListing *listing = g_new0(S3SplitListing, 1);

    listing->client = client;
    listing->prefix = g_strdup(options->prefix);
    listing->max_keys = options->max_keys;
    listing->max_ranges = MAX(options->ranges, 1);
    listing->pages_per_range = options->pages_per_range;
    listing->quickest_us = G_MAXINT64;
    listing->func = func;
    listing->user = data;
    listing->delivery = timer_new(http_client_context(s3_client_http(client)), deliver, listing);
    listing->ranges = g_ptr_array_new_with_free_func(range_free);
    g_ptr_array_add(listing->ranges, range_new(listing, options->after, FALSE));
    return listing;
}

char *s3_split_listing_take_problem(S3SplitListing *listing)
{
    return g_steal_pointer(&listing->problem);
}

void s3_split_listing_free(S3SplitListing *listing)
{
    if (listing == NULL)
        return;
    g_ptr_array_unref(listing->ranges);
    timer_free(listing->delivery);
    g_clear_error(&listing->failed);
    g_free(listing->problem);
    g_free(listing->prefix);
    g_free(listing->delivered.after);
    g_free(listing->delivered.until);
    g_free(listing);
}
