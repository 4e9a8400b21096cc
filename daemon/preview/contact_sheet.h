/* A contact sheet: one HTML page that shows images beside what was made of them. Everything is in it,
 * pictures as data: URIs, so it can be opened, mailed and kept anywhere; it fetches nothing and runs no
 * script.
 *
 * Used by the main process (`thumbmill preview`). Texts may be any UTF-8: all of them are escaped here. The
 * page grows in shared memory (base/blob.h), so that it is written complete or not at all. Single-threaded.
 */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "recipe/format.h"

/* A larger page takes a browser too long to open, and too much memory. */
#define CONTACT_SHEET_MAX_BYTES ((guint64)256 << 20)

/* An image, and what there is to say about it. Borrowed, as is everything in a SheetEntry. */
typedef struct {
    const char *name; /* of an output: "large" */
    ImageFormat format;
    guint32 width; /* as looked at, of a frame */
    guint32 height;
    guint32 frames;   /* or pages */
    guint32 quality;  /* that it was encoded with; 0: none, or lossless */
    guint32 spent_ms; /* to make it */
    guint64 size_bytes;
    const void *bytes; /* NULL: it is spoken of, and not shown */
} SheetPicture;

/* A source with its outputs. */
typedef struct {
    const char *name;
    const SheetPicture *source;    /* NULL: nobody could make sense of it */
    const SheetPicture *thumbnail; /* of the source, shown for it; NULL: there is none */
    const SheetPicture *outputs;
    guint n_outputs;
    guint32 spent_ms;            /* for all outputs together, decoding included */
    const char *plan;            /* how they come from the source, in lines; NULL: unknown */
    const char *const *warnings; /* NULL-terminated; may be NULL */
    const char *failure;         /* why outputs are missing, or NULL */
} SheetEntry;

typedef struct ContactSheet ContactSheet;

/* names: of the entries that will be added, in this order, NULL-terminated. */
ContactSheet *contact_sheet_new(const char *title, const char *const *names, guint64 max_bytes,
                                GError **error);

/* Appends an entry. Class ERROR_LIMIT, naming it, if that makes the page larger than max_bytes; afterwards
 * the sheet is of no use. */
gboolean contact_sheet_add(ContactSheet *sheet, const SheetEntry *entry, GError **error);

/* Ends the page and returns it, sealed. Once. Errors as of contact_sheet_add(). */
Blob *contact_sheet_finish(ContactSheet *sheet, GError **error);

/* NULL is allowed. */
void contact_sheet_free(ContactSheet *sheet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactSheet, contact_sheet_free)
