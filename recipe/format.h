/* The image formats that thumbmill supports: one table with the name, extension, content type and
 * capabilities of each. */
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
    FORMAT_SOURCE, /* for an output only: the source's format (format_resolve()); never detected */
} ImageFormat;

#define FORMAT_LAST FORMAT_SOURCE

/* The fields of a recipe that apply to some formats only. */
typedef enum {
    OPTION_QUALITY = 1 << 0,
    OPTION_EFFORT = 1 << 1,
    OPTION_LOSSLESS = 1 << 2,
    OPTION_PROGRESSIVE = 1 << 3,
    OPTION_SUBSAMPLING = 1 << 4,
    OPTION_PALETTE = 1 << 5,
    OPTION_FRAMES = 1 << 6,   /* the format can hold an animation */
    OPTION_METADATA = 1 << 7, /* the format can hold EXIF, XMP and a colour profile */
    OPTION_ENCODER = 1 << 8,  /* several encoders write the format */
} FormatOption;

typedef struct {
    const char *name;         /* in the configuration, such as "jpeg" */
    const char *extension;    /* {ext} of a key template, such as "jpg"; NULL for FORMAT_SOURCE */
    const char *content_type; /* such as "image/jpeg"; NULL for FORMAT_SOURCE */
    gboolean can_encode;      /* can be an output's format */
    gboolean has_alpha;       /* otherwise transparency is flattened */
    guint options;            /* FormatOption values, or-ed; FORMAT_SOURCE has all */
    guint32 max_side;         /* maximum of an output's width and height in pixels; 0 if the format cannot be
                               * encoded */
    guint32 quality;          /* used if a recipe has none; 0 without OPTION_QUALITY */
} FormatInfo;

/* format must be at most FORMAT_LAST. */
const FormatInfo *format_info(ImageFormat format);

gboolean format_has_option(ImageFormat format, FormatOption option);

/* The format to encode for an output of format `wanted` when the source is `source`: for FORMAT_SOURCE the
 * source's own format, or JPEG if that cannot be encoded (HEIC). */
ImageFormat format_resolve(ImageFormat wanted, ImageFormat source);

/* Finds a format by a file's extension, in any case: "JPG", "jpeg", "tif", "heif". FALSE if the extension is
 * unknown. */
gboolean format_from_extension(const char *extension, ImageFormat *ret_format);

/* The i-th extension that format_from_extension() knows, in lower case, or NULL if there are not so many. */
const char *format_known_extension(guint i);
