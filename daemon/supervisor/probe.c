#include "daemon/supervisor/probe.h"

#include "base/error.h"
#include "daemon/access/stores.h"

struct Probe {
    ProbeOptions options;
    Stores *stores;
    StoreListing *listing; /* of the destination, then of the source */
    gboolean at_source;
};

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Probe *probe = data;
    Store *store = probe->at_source ? probe->stores->source : probe->stores->destination;

    (void)objects;
    (void)is_last;
    g_clear_pointer(&probe->listing, store_listing_free);
    if (error != NULL) {
        g_autoptr(GError) named = NULL;

        error_set(&named, error_class(error), "%s: %s", store_url(store), error->message);
        probe->options.on_done(named, probe->options.data);
    } else if (probe->at_source) {
        probe->options.on_done(NULL, probe->options.data);
    } else {
        probe->at_source = TRUE;
        probe->listing = store_list(probe->stores->source, STORE_LIST_SOURCE, on_page, probe);
        store_listing_next(probe->listing);
    }
}

Probe *probe_new(const ProbeOptions *options, GMainContext *context, GError **error)
{
    Probe *probe = g_new0(Probe, 1);

    probe->options = *options;
    probe->stores = stores_open(options->config, options->keys, options->proxies, context, error);
    if (probe->stores == NULL) {
        probe_free(probe);
        return NULL;
    }
    probe->listing = store_list(probe->stores->destination, STORE_LIST_DESTINATION, on_page, probe);
    store_listing_next(probe->listing);
    return probe;
}

void probe_free(Probe *probe)
{
    if (probe == NULL)
        return;
    store_listing_free(probe->listing);
    stores_close(probe->stores);
    g_free(probe);
}
