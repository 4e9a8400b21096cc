/* A preview: local images rendered as configured, shown on a page (daemon/preview/contact_sheet.h). It reads
 * only the files, and uses neither stores, nor the network, nor credentials; the images are decoded in an
 * imager, as always.
 *
 * Used by the main process. Single-threaded; it renders one image after the other, so that the measured times
 * are meaningful. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "config/model.h"

typedef struct {
    const Config *config;
    const char *title;  /* of the page: the configuration's name */
    char *const *paths; /* of the images, NULL-terminated, as bytes */
} PreviewOptions;

typedef struct {
    Blob *page; /* sealed */
    guint n_images;
    guint n_failed; /* how many of them failed; logged, and shown with their reasons */
} Preview;

/* A bad image is not an error. Class ERROR_LIMIT: the page becomes too large; ERROR_CONFIG or ERROR_INTERNAL:
 * no imager can be started. */
Preview *preview_make(const PreviewOptions *options, GError **error);

void preview_free(Preview *preview);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Preview, preview_free)
