/* Has stored outputs decoded, by workers of its own and their imagers, as originals are: the supervisor sees
 * no byte of them, and the imagers have no credentials. Compares the size and format that an imager reports
 * with the plan that it makes for the original. Used by the verifier. Single-threaded. */
#pragma once

#include <glib.h>

#include "batch/difference.h"
#include "config/model.h"
#include "s3/http/http_proxies.h"
#include "store/store.h"

typedef struct Inspector Inspector;
typedef struct Inspection Inspection;

typedef struct {
    const Config *config; /* borrowed, as are the others */
    const HttpProxies *proxies;
    Store *source;
    Store *destination;
    RunReport *report; /* counts GET requests, crashes, and what cannot be planned */
} InspectorOptions;

/* The output has been decoded, or cannot be. text is valid during the call, and may be NULL. The inspection
 * is still to be freed. */
typedef void (*InspectFunc)(Difference difference, const char *text, void *data);

/* Starts the workers. Class ERROR_CONFIG if their executable is missing. */
Inspector *inspector_new(const InspectorOptions *options, GMainContext *context, GError **error);

/* Looks at the output with this number of the configuration, of this original. The original is fetched once
 * for all its outputs that are looked at together. func is called once, from the main loop. */
Inspection *inspector_look(Inspector *inspector, const char *source_key, guint number, const char *output_key,
                           InspectFunc func, void *data);

/* func is not called any more. NULL is allowed. */
void inspection_free(Inspection *inspection);

/* Kills the workers. Call it when all inspections have been freed. NULL is allowed. */
void inspector_free(Inspector *inspector);
