/* Lists the libraries that read and write each format in this process, with their versions as far as they can
 * be asked for at run time.
 *
 * Used by the imager. libheif gets its codecs from other libraries, and from version 1.16 on from plug-ins in
 * separate packages (Debian 13), so that the codecs available differ between machines. Opens libheif if it is
 * not open yet: call it before the sandbox closes unless libvips has been started.
 */
#pragma once

#include <glib.h>

#include "recipe/recipe.h"

typedef struct {
    ImageFormat format; /* never FORMAT_SOURCE */
    gboolean encodes;   /* FALSE if it decodes */
    char *library;      /* for example "libwebp 1.2.4"; "none" if missing */
} Codec;

/* Loads libheif's codec plug-ins, which libheif would load at its first use, when the sandbox forbids it.
 * codecs_list() tells which there are. */
void codecs_load(void);

/* For each format its decoder, then its encoder if outputs may have that format. Returns an array of Codec
 * that owns its elements. */
GPtrArray *codecs_list(void);

/* Whether this AVIF encoder is available; with ENCODER_AUTO, whether any is. */
gboolean codecs_have_encoder(Encoder encoder);
