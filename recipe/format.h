/* The image formats that thumbmill knows: one table, from which names, extensions, content types and what
 * each format can do come. */
#pragma once

#include <glib.h>

typedef enum {
    FORMAT_JPEG,
    FORMAT_PNG,
    FORMAT_WEBP,
    FORMAT_GIF,
    FORMAT_TIFF,
    FORMAT_HEIC, /* read only */
    FORMAT_AVIF,
    FORMAT_SOURCE, /* of an output only: what the source is (format_resolve()); never detected */
} ImageFormat;

#define FORMAT_LAST FORMAT_SOURCE

/* The fields of a recipe that say something to some formats only. */
typedef enum {
    OPTION_QUALITY = 1 << 0,
    OPTION_EFFORT = 1 << 1,
    OPTION_LOSSLESS = 1 << 2,
    OPTION_PROGRESSIVE = 1 << 3,
    OPTION_SUBSAMPLING = 1 << 4,
    OPTION_PALETTE = 1 << 5,
    OPTION_FRAMES = 1 << 6,   /* it can hold an animation */
    OPTION_METADATA = 1 << 7, /* it can hold EXIF, XMP and a colour profile */
    OPTION_ENCODER = 1 << 8,  /* several encoders write it */
} FormatOption;

typedef struct {
    const char *name;         /* in the configuration: "jpeg" */
    const char *extension;    /* {ext} of a key template: "jpg"; NULL for FORMAT_SOURCE */
    const char *content_type; /* "image/jpeg"; NULL for FORMAT_SOURCE */
    gboolean can_encode;      /* may be an output's format */
    gboolean has_alpha;       /* otherwise transparency is flattened */
    guint options;            /* FormatOption, or-ed; FORMAT_SOURCE has all */
    guint32 max_side; /* pixels of an output's width and height, at most; 0 where it cannot be encoded */
    guint32 quality;  /* the one that is used if a recipe names none; 0 without OPTION_QUALITY */
} FormatInfo;

/* Of a value up to FORMAT_LAST. */
const FormatInfo *format_info(ImageFormat format);

gboolean format_has_option(ImageFormat format, FormatOption option);

/* What is encoded for an output of format `wanted` when the source is `source`: for FORMAT_SOURCE the
 * source's own format, or JPEG where that cannot be encoded (HEIC). */
ImageFormat format_resolve(ImageFormat wanted, ImageFormat source);

/* By the extension of a file, in any case: "JPG", "jpeg", "tif", "heif". FALSE if it is of no format. */
gboolean format_from_extension(const char *extension, ImageFormat *ret_format);
