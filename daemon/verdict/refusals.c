#include "daemon/verdict/refusals.h"

#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"
#include "daemon/verdict/appeal.h"

typedef struct {
    Refusals *refusals;
    gboolean is_write;
    Store *store;
    guint in_a_row;
    guint64 successes;
    Appeal *appeal; /* NULL while the store is not being asked */
    GError *latest;
    char *latest_key;
} Side;

struct Refusals {
    RefusalsOptions options;
    GMainContext *context;
    Side read, write;
    char *known_key; /* of the object that was read last, or NULL */
    GError *verdict;
};

Refusals *refusals_new(const RefusalsOptions *options, GMainContext *context)
{
    Refusals *refusals = g_new0(Refusals, 1);

    refusals->options = *options;
    refusals->context = context;
    refusals->read = (Side){.refusals = refusals, .store = options->source};
    refusals->write = (Side){.refusals = refusals, .store = options->destination, .is_write = TRUE};
    return refusals;
}

static void side_succeeded(Side *side)
{
    side->in_a_row = 0;
    side->successes++;
}

void refusals_read(Refusals *refusals, const char *key)
{
    side_succeeded(&refusals->read);
    g_free(refusals->known_key);
    refusals->known_key = g_strdup(key);
}

void refusals_written(Refusals *refusals)
{
    side_succeeded(&refusals->write);
}

static void on_appeal(gboolean is_refused, void *data)
{
    Side *side = data;
    Refusals *refusals = side->refusals;
    g_autofree char *key = quote_key(side->latest_key);

    g_clear_pointer(&side->appeal, appeal_free);
    if (!is_refused) {
        log_event(LOG_WARNING, "the store refuses many objects but not all: continuing", "url",
                  store_url(side->store), "key", key, "reason", side->latest->message, NULL);
        side->in_a_row = 0;
    } else if (side->in_a_row > 0 && refusals->verdict == NULL) { /* nothing has succeeded in the meantime */
        refusals->verdict = g_error_copy(side->latest);
    }
    refusals->options.on_answer(refusals->options.data);
}

/* Number of refusals in a row after which the store is asked. */
static guint64 enough(const Side *side)
{
    if (!side->is_write || store_is_directory(side->store))
        return REFUSALS_MANY;
    return CLAMP(side->successes, REFUSALS_MANY, REFUSALS_MOST);
}

void refusals_add(Refusals *refusals, gboolean is_write, const char *key, const GError *error)
{
    Side *side = is_write ? &refusals->write : &refusals->read;

    if (error_class(error) != ERROR_PERMANENT)
        return;
    side->in_a_row++;
    g_clear_error(&side->latest);
    side->latest = g_error_copy(error);
    g_free(side->latest_key);
    side->latest_key = g_strdup(key);
    if (side->in_a_row < enough(side) || side->appeal != NULL || refusals->verdict != NULL)
        return;
    side->appeal = appeal_new(&(AppealOptions){.store = side->store,
                                               .is_write = is_write,
                                               .refused_key = key,
                                               .known_key = is_write ? NULL : refusals->known_key,
                                               .context = refusals->context,
                                               .func = on_appeal,
                                               .data = side});
}

gboolean refusals_is_asking(const Refusals *refusals)
{
    return refusals->read.appeal != NULL || refusals->write.appeal != NULL;
}

const GError *refusals_verdict(const Refusals *refusals)
{
    return refusals->verdict;
}

static void side_clear(Side *side)
{
    appeal_free(side->appeal);
    g_clear_error(&side->latest);
    g_free(side->latest_key);
}

void refusals_free(Refusals *refusals)
{
    if (refusals == NULL)
        return;
    side_clear(&refusals->read);
    side_clear(&refusals->write);
    g_clear_error(&refusals->verdict);
    g_free(refusals->known_key);
    g_free(refusals);
}
