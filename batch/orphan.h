/* Which keys of the destination may be orphans, and whether so many may be deleted. Pure. */
#pragma once

#include <glib.h>

#include "config/deletion_limit.h"
#include "config/model.h"

/* If output_key fits the key template of exactly one output, and all of its keys tell of which sources they
 * are, returns what the keys of such sources start with, owned by the caller. NULL: it is not for us to
 * judge. */
char *orphan_source_start(const Config *config, const char *output_key);

/* Whether an original with this key has this output key. */
gboolean orphan_is_claimed(const Config *config, const char *source_key, const char *output_key);

/* The objects that a comparison has seen. */
typedef struct {
    gboolean is_complete;   /* all of source and destination was listed */
    gboolean is_part;       /* only originals below a prefix were looked at */
    guint64 originals;      /* selected objects of the source */
    guint64 originals_last; /* the same of the last complete run; 0 if unknown */
    guint64 outputs;        /* objects of the destination that have an original */
    guint64 orphans;        /* those that have none */
} OrphanScene;

/* Returns why nothing may be deleted, for people, owned by the caller; NULL if it may. */
char *orphan_objection(const OrphanScene *scene, const DeletionLimit *limit);
