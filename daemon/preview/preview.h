/* A preview: local images through a configuration, as a page (daemon/preview/contact_sheet.h). Nothing but
 * the files is touched: neither store, nor network, nor credentials; the images are decoded where all are, in
 * an imager.
 *
 * Used by the main process. Single-threaded; one image after the other, so that its times mean something. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "config/model.h"

typedef struct {
    const Config *config;
    const char *title;  /* of the page: what the configuration is called */
    char *const *paths; /* of the images, NULL-terminated, as bytes */
} PreviewOptions;

typedef struct {
    Blob *page; /* sealed */
    guint n_images;
    guint n_failed; /* of them; logged, and shown with their reasons */
} Preview;

/* Whatever is wrong with an image is no error. Class ERROR_LIMIT: the page gets too large; ERROR_CONFIG or
 * ERROR_INTERNAL: no imager can be started. */
Preview *preview_make(const PreviewOptions *options, GError **error);

void preview_free(Preview *preview);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Preview, preview_free)
