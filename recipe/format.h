/* The image formats that thumbmill knows: one table, from which names, extensions and content types come. */
#pragma once

#include <glib.h>

typedef enum {
    FORMAT_JPEG,
    FORMAT_PNG,
    FORMAT_WEBP,
    FORMAT_GIF,
    FORMAT_TIFF,
} ImageFormat;

#define FORMAT_LAST FORMAT_TIFF

typedef struct {
    const char *name;         /* in the configuration: "jpeg" */
    const char *extension;    /* {ext} of a key template: "jpg" */
    const char *content_type; /* "image/jpeg" */
    gboolean can_encode;      /* may be an output's format */
    gboolean has_alpha;       /* otherwise transparency is flattened */
    gboolean has_quality;     /* lossy: quality applies */
} FormatInfo;

const FormatInfo *format_info(ImageFormat format);

/* By the configuration's name ("jpeg"; "jpg" is the same). FALSE if there is none. */
gboolean format_parse(const char *name, ImageFormat *ret_format);
