#include "recipe/format.h"

#define ALL_OPTIONS                                                                                          \
    (OPTION_QUALITY | OPTION_EFFORT | OPTION_LOSSLESS | OPTION_PROGRESSIVE | OPTION_SUBSAMPLING |            \
     OPTION_PALETTE | OPTION_FRAMES | OPTION_METADATA | OPTION_ENCODER)

/* libvips' own limit is 10,000,000 pixels a side, with which one row of an image takes 30 MB and no other
 * program opens it. libpng reads and writes up to this many by default (PNG_USER_WIDTH_MAX). */
#define MAX_SIDE_LARGE 1000000u

/* libvips also writes larger ones, but not every libheif opens them (ENGINE_HEIF_LARGEST_SIDE). */
#define MAX_SIDE_AVIF 16384u

/* AVIF at quality 50 looks about like JPEG at 80, with half the bytes.
 *
 * Maximum sides: JPEG_MAX_DIMENSION of libjpeg, WEBP_MAX_DIMENSION of libwebp, the 16 bits of a GIF's
 * header. */
static const FormatInfo formats[] = {
    [FORMAT_JPEG] = {.name = "jpeg",
                     .extension = "jpg",
                     .content_type = "image/jpeg",
                     .can_encode = TRUE,
                     .options = OPTION_QUALITY | OPTION_PROGRESSIVE | OPTION_SUBSAMPLING | OPTION_METADATA,
                     .max_side = 65500,
                     .quality = 80},
    [FORMAT_PNG] = {.name = "png",
                    .extension = "png",
                    .content_type = "image/png",
                    .can_encode = TRUE,
                    .has_alpha = TRUE,
                    .options = OPTION_EFFORT | OPTION_PROGRESSIVE | OPTION_PALETTE | OPTION_METADATA,
                    .max_side = MAX_SIDE_LARGE},
    [FORMAT_WEBP] = {.name = "webp",
                     .extension = "webp",
                     .content_type = "image/webp",
                     .can_encode = TRUE,
                     .has_alpha = TRUE,
                     .options =
                         OPTION_QUALITY | OPTION_EFFORT | OPTION_LOSSLESS | OPTION_FRAMES | OPTION_METADATA,
                     .max_side = 16383,
                     .quality = 80},
    [FORMAT_GIF] = {.name = "gif",
                    .extension = "gif",
                    .content_type = "image/gif",
                    .can_encode = TRUE,
                    .has_alpha = TRUE,
                    .options = OPTION_EFFORT | OPTION_FRAMES,
                    .max_side = 65535},
    [FORMAT_TIFF] = {.name = "tiff",
                     .extension = "tif",
                     .content_type = "image/tiff",
                     .can_encode = TRUE,
                     .has_alpha = TRUE,
                     .options = OPTION_METADATA,
                     .max_side = MAX_SIDE_LARGE},
    [FORMAT_HEIC] = {.name = "heic", .extension = "heic", .content_type = "image/heic", .has_alpha = TRUE},
    [FORMAT_AVIF] = {.name = "avif",
                     .extension = "avif",
                     .content_type = "image/avif",
                     .can_encode = TRUE,
                     .has_alpha = TRUE,
                     .options = OPTION_QUALITY | OPTION_EFFORT | OPTION_LOSSLESS | OPTION_SUBSAMPLING |
                                OPTION_METADATA | OPTION_ENCODER,
                     .max_side = MAX_SIDE_AVIF,
                     .quality = 50},
    [FORMAT_SOURCE] = {.name = "source",
                       .can_encode = TRUE,
                       .has_alpha = TRUE,
                       .options = ALL_OPTIONS,
                       .max_side = MAX_SIDE_LARGE},
};

/* Further extensions, in addition to those of the table. */
static const struct {
    const char *extension;
    ImageFormat format;
} other_extensions[] = {
    {"jpeg", FORMAT_JPEG}, {"jpe", FORMAT_JPEG},  {"jfif", FORMAT_JPEG}, {"apng", FORMAT_PNG},
    {"tiff", FORMAT_TIFF}, {"heif", FORMAT_HEIC}, {"hif", FORMAT_HEIC},
};

const FormatInfo *format_info(ImageFormat format)
{
    return &formats[format];
}

gboolean format_has_option(ImageFormat format, FormatOption option)
{
    return (formats[format].options & (guint)option) != 0;
}

ImageFormat format_resolve(ImageFormat wanted, ImageFormat source)
{
    if (wanted != FORMAT_SOURCE)
        return wanted;
    return formats[source].can_encode ? source : FORMAT_JPEG;
}

gboolean format_from_extension(const char *extension, ImageFormat *ret_format)
{
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].extension != NULL && g_ascii_strcasecmp(extension, formats[i].extension) == 0) {
            *ret_format = (ImageFormat)i;
            return TRUE;
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(other_extensions); i++) {
        if (g_ascii_strcasecmp(extension, other_extensions[i].extension) == 0) {
            *ret_format = other_extensions[i].format;
            return TRUE;
        }
    }
    return FALSE;
}

const char *format_known_extension(guint i)
{
    if (i < FORMAT_LAST)
        return formats[i].extension;
    i -= FORMAT_LAST;
    return i < G_N_ELEMENTS(other_extensions) ? other_extensions[i].extension : NULL;
}
