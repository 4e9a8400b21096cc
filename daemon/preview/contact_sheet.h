/* A contact sheet: one HTML page that shows images next to the outputs made from them. The page is
 * self-contained, with pictures as data: URIs, so that it can be opened, mailed and stored anywhere; it
 * fetches nothing and runs no script.
 *
 * Used by the main process (`thumbmill preview`). Texts may be any UTF-8: all of them are escaped here. The
 * page grows in shared memory (base/blob.h), so that it is written completely or not at all. Single-
 * threaded. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "recipe/format.h"

/* Limit for a page: browsers open a larger one too slowly, and with too much memory. */
#define CONTACT_SHEET_MAX_BYTES ((guint64)256 << 20)

/* An image and its properties. Borrowed, as is everything in a SheetEntry. */
typedef struct {
    const char *name; /* of an output: "large" */
    ImageFormat format;
    guint32 width; /* of a frame, after its rotation for display */
    guint32 height;
    guint32 frames;   /* or pages */
    guint32 quality;  /* that it was encoded with; 0 if it has none, or is lossless */
    guint32 spent_ms; /* time to make it */
    guint64 size_bytes;
    const void *bytes; /* NULL: listed, but not shown */
} SheetPicture;

/* A source with its outputs. */
typedef struct {
    const char *name;
    const SheetPicture *source;    /* or NULL if it could not be read */
    const SheetPicture *thumbnail; /* of the source, shown in its place; or NULL */
    const SheetPicture *outputs;
    guint n_outputs;
    guint32 spent_ms;            /* for all outputs together, decoding included */
    const char *plan;            /* how the outputs are made from the source, in lines; or NULL if unknown */
    const char *const *warnings; /* NULL-terminated; may be NULL */
    const char *failure;         /* why outputs are missing, or NULL */
} SheetEntry;

typedef struct ContactSheet ContactSheet;

/* names: of the entries that will be added, in this order, NULL-terminated. */
ContactSheet *contact_sheet_new(const char *title, const char *const *names, guint64 max_bytes,
                                GError **error);

/* Appends an entry. Class ERROR_LIMIT, naming the entry, if the page becomes larger than max_bytes; the sheet
 * cannot be used any more then. */
gboolean contact_sheet_add(ContactSheet *sheet, const SheetEntry *entry, GError **error);

/* Completes the page and returns it, sealed. May be called once. Errors as of contact_sheet_add(). */
Blob *contact_sheet_finish(ContactSheet *sheet, GError **error);

/* sheet may be NULL. */
void contact_sheet_free(ContactSheet *sheet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactSheet, contact_sheet_free)
