/* The difference between a stored output and what it should be: the answer to its HEAD request is compared
 * with the headers that an upload would have today. Used by the supervisor and, for the names, by the main
 * process. Pure. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "batch/upload_headers.h"
#include "config/model.h"

typedef enum {
    DIFFERENCE_NONE,
    DIFFERENCE_MISSING,
    DIFFERENCE_OLDER,        /* than its original */
    DIFFERENCE_OTHER_RECIPE, /* by the recipes in force, or by its metadata */
    DIFFERENCE_OTHER_SOURCE, /* made of another version of the original, or of another original */
    DIFFERENCE_EMPTY,
    DIFFERENCE_TYPE,        /* its Content-Type is not that of its format */
    DIFFERENCE_UNDECODABLE, /* or its bytes are of another format */
    DIFFERENCE_SIZE,        /* width and height are not those that the recipe gives */
    DIFFERENCE_UNREACHABLE, /* the store does not answer, or refuses: nothing is known */
} Difference;

#define DIFFERENCE_LAST DIFFERENCE_UNREACHABLE

/* "other-recipe": for programs and people. */
const char *difference_name(Difference difference);

/* Where the report counts it; for DIFFERENCE_NONE the outputs that are right. */
guint64 *difference_counter(RunReport *report, Difference difference);

/* The number of all differences, and of those that making the output again mends. */
guint64 difference_count(const RunReport *report);
guint64 difference_count_mendable(const RunReport *report);

/* An answer to a HEAD request. Borrowed. */
typedef struct {
    guint64 size_bytes;          /* G_MAXUINT64 if unknown */
    const char *content_type;    /* NULL if unknown, as for a file */
    const char *const *metadata; /* lines "x-amz-meta-name: value"; may be NULL */
} StoredOutput;

/* Compares. What the metadata do not say is not compared; *ret_is_foreign: they say nothing at all of
 * thumbmill. Of source, key and etag are used. *ret_text says for people what was found and what was
 * expected; NULL without a difference. Owned by the caller. */
Difference difference_of(const Config *config, guint number, const UploadSource *source,
                         const StoredOutput *stored, gboolean *ret_is_foreign, char **ret_text);
