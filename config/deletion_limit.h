/* A limit of how much may be deleted at once, `max_delete`: a number of objects, or a share of what there is.
 * Pure. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 number; /* objects, or percent of them */
    gboolean is_percent;
} DeletionLimit;

/* Parses "1000" or "10%". FALSE for anything else, and more than 100%. */
gboolean deletion_limit_parse(const char *text, DeletionLimit *ret_limit);

/* How many of `total` objects may be deleted. Percentages are rounded down. */
guint64 deletion_limit_of(const DeletionLimit *limit, guint64 total);
