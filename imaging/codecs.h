/* The libraries that read and write each format in this process, with their versions as far as these can be
 * asked for at run time.
 *
 * Used by the imager. libheif has its codecs from elsewhere, and from version 1.16 on as plug-ins in packages
 * of their own (Debian 13), so that what is there differs from machine to machine. Opens libheif if nobody
 * has yet, so call it before the sandbox closes unless libvips has been started.
 */
#pragma once

#include <glib.h>

#include "recipe/recipe.h"

typedef struct {
    ImageFormat format; /* never FORMAT_SOURCE */
    gboolean encodes;   /* FALSE: decodes */
    char *library;      /* "libwebp 1.2.4"; "none" */
} Codec;

/* Loads the codecs that are plug-ins of libheif, which it loads by itself when it is first used: the sandbox
 * would forbid that. Which of them there are is codecs_list()'s answer. */
void codecs_load(void);

/* Of each format first what decodes, then what encodes it, if it can be an output's. An array of Codec, which
 * it owns. */
GPtrArray *codecs_list(void);

/* Whether this encoder of AVIF is there. ENCODER_AUTO: any. */
gboolean codecs_have_encoder(Encoder encoder);
