#include "recipe/format.h"

#include <string.h>

static const FormatInfo formats[] = {
    [FORMAT_JPEG] = {"jpeg", "jpg", "image/jpeg", .can_encode = TRUE, .has_alpha = FALSE,
                     .has_quality = TRUE},
    [FORMAT_PNG] = {"png", "png", "image/png", .can_encode = TRUE, .has_alpha = TRUE, .has_quality = FALSE},
    [FORMAT_WEBP] = {"webp", "webp", "image/webp", .can_encode = TRUE, .has_alpha = TRUE,
                     .has_quality = TRUE},
    [FORMAT_GIF] = {"gif", "gif", "image/gif", .can_encode = FALSE, .has_alpha = TRUE, .has_quality = FALSE},
    [FORMAT_TIFF] = {"tiff", "tif", "image/tiff", .can_encode = FALSE, .has_alpha = TRUE,
                     .has_quality = FALSE},
};

const FormatInfo *format_info(ImageFormat format)
{
    return &formats[format];
}

gboolean format_parse(const char *name, ImageFormat *ret_format)
{
    if (strcmp(name, "jpg") == 0)
        name = "jpeg";
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (strcmp(name, formats[i].name) == 0) {
            *ret_format = (ImageFormat)i;
            return TRUE;
        }
    }
    return FALSE;
}
