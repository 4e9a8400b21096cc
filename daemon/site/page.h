/* The status page: one HTML document that needs nothing else. All text in it is escaped. Used by the main
 * process. Pure. */
#pragma once

#include <glib.h>

#include "daemon/service/service_status.h"

/* Passes in the chart. */
#define PAGE_MAX_PASSES 30u

/* A record of the log. */
typedef struct {
    gint64 wall_us;
    gboolean is_error;
    char *message;
    char *key; /* may be NULL, as the next one */
    char *reason;
} PageRecord;

typedef struct {
    const char *job;
    ServiceStatus status;
    const PassResult *passes; /* the oldest first */
    guint n_passes;
    GVariant *workers;     /* WORKERS_RESULT_TYPE, or NULL */
    const GQueue *records; /* of PageRecord: warnings and errors, the latest first */
    gint64 wall_us;
} PageView;

/* Owned by the caller. */
char *page_make(const PageView *view);
