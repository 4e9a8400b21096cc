#include "imaging/formats/tiff_layout.h"

#include "base/error.h"

G_GNUC_PRINTF(2, 3) static gboolean refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    error_set(error, ERROR_INPUT, "unsupported tiff: %s", text);
    return FALSE;
}

char *tiff_samples_name(const TiffPage *page)
{
    static const char *const names[] = {
        [TIFF_SIGNED] = "signed ",
        [TIFF_FLOAT] = "floating-point ",
        [TIFF_COMPLEX_INTEGER] = "complex ",
        [TIFF_COMPLEX_FLOAT] = "complex ",
    };
    const guint32 format = page->sample_format;

    if (format > TIFF_COMPLEX_FLOAT)
        return g_strdup_printf("%u-bit samples of format %u", page->bits, format);
    return g_strdup_printf("%s%u-bit samples", names[format] != NULL ? names[format] : "", page->bits);
}

/* Kinds of pictures that are refused by name. */
static const struct {
    guint32 photometric;
    const char *name;
} strangers[] = {
    {TIFF_MASK, "a transparency mask without its image"},
    {TIFF_ITULAB, "ITU L*a*b* colours"},
    {TIFF_CFA, "raw camera sensor data"},
    {TIFF_LINEAR_RAW, "raw camera sensor data"},
    {TIFF_LOG_L, "high dynamic range samples (LogL)"},
    {TIFF_LOG_LUV, "high dynamic range colours (LogLuv)"},
};

/* Returns 0 if the colours cannot be shown. */
static guint count_colours(const TiffPage *page)
{
    switch (page->photometric) {
    case TIFF_WHITE_IS_ZERO:
    case TIFF_BLACK_IS_ZERO:
    case TIFF_PALETTE: return 1;
    case TIFF_RGB:
    case TIFF_YCBCR:
    case TIFF_CIELAB:
    case TIFF_ICCLAB: return 3;
    case TIFF_SEPARATED: return 4;
    case TIFF_NOT_SAID: return page->samples < 3 ? 1 : 3; /* libvips refuses it as damaged */
    default: return 0;
    }
}

static gboolean check_colours(const TiffPage *page, guint n_colours, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(strangers); i++)
        if (page->photometric == strangers[i].photometric)
            return refuse(error, "%s", strangers[i].name);
    if (n_colours == 0)
        return refuse(error, "colours with PhotometricInterpretation %u", page->photometric);
    if (page->photometric == TIFF_SEPARATED && !page->is_cmyk)
        return refuse(error, "%u inks that are not declared as CMYK", page->samples);
    if (page->photometric == TIFF_YCBCR && page->samples != n_colours)
        return refuse(error, "YCbCr colours with %u samples per pixel", page->samples);
    if (page->samples < n_colours)
        return refuse(error, "%u samples per pixel; its colours need %u", page->samples, n_colours);
    return TRUE;
}

/* Depths that libvips decodes correctly. */
static gboolean has_known_depth(const TiffPage *page)
{
    const gboolean is_whole = page->bits == 8 || page->bits == 16 || page->bits == 32;

    switch (page->photometric) {
    case TIFF_WHITE_IS_ZERO:
    case TIFF_BLACK_IS_ZERO:
        return is_whole || ((page->bits == 1 || page->bits == 2 || page->bits == 4) && page->samples == 1);
    case TIFF_PALETTE:
        return page->bits == 1 || page->bits == 2 || page->bits == 4 || page->bits == 8 || page->bits == 16;
    case TIFF_YCBCR:
    case TIFF_ICCLAB: return page->bits == 8 || page->bits == 16;
    default: return is_whole;
    }
}

/* Sample formats that libvips decodes correctly. Lab samples may be signed; palette indices have no sign. */
static gboolean has_known_format(const TiffPage *page)
{
    const gboolean is_unsigned = page->sample_format == TIFF_UNSIGNED || page->sample_format == TIFF_VOID;

    switch (page->photometric) {
    case TIFF_YCBCR:
    case TIFF_ICCLAB: return is_unsigned;
    case TIFF_CIELAB:
        return page->bits == 32 ? page->sample_format == TIFF_FLOAT
                                : is_unsigned || page->sample_format == TIFF_SIGNED;
    case TIFF_PALETTE: return is_unsigned || page->sample_format == TIFF_SIGNED;
    default:
        if (page->sample_format == TIFF_FLOAT)
            return page->bits == 32;
        return is_unsigned || (page->sample_format == TIFF_SIGNED && page->bits >= 8);
    }
}

static gboolean check_samples(const TiffPage *page, GError **error)
{
    g_autofree char *name = NULL;

    if (page->is_mixed)
        return refuse(error, "samples with different depths or formats in one pixel");
    if (has_known_depth(page) && has_known_format(page))
        return TRUE;
    name = tiff_samples_name(page);
    return refuse(error, "%s", name);
}

static gboolean is_decoded_by_codec(const TiffPage *page)
{
    return page->compression == TIFF_JPEG || page->compression == TIFF_JPEG_2000_YCBCR;
}

/* With separate planes libvips must not convert the samples (ENGINE_TIFF_MIXES_BANDS). Whether it copies
 * them. */
static gboolean is_copied_by_bands(const TiffPage *page)
{
    return page->photometric == TIFF_RGB || page->photometric == TIFF_SEPARATED ||
           page->photometric == TIFF_ICCLAB;
}

/* The compressions of libtiff (tiff.h), and those of JPEG 2000 that libvips decodes itself. */
static gboolean is_known_compression(guint32 compression)
{
    static const guint32 known[] = {1,     2,     3,     4,     5,     7,     8,
                                    32766, 32771, 32773, 32809, 32946, 33003, 33004,
                                    33005, 34661, 34712, 34887, 34925, 50000, 50001};

    for (guint i = 0; i < G_N_ELEMENTS(known); i++)
        if (compression == known[i])
            return TRUE;
    return FALSE;
}

static gboolean check_coding(const TiffPage *page, GError **error)
{
    if (page->compression == TIFF_OLD_JPEG)
        return refuse(error, "old-style JPEG compression (6)");
    if (!is_known_compression(page->compression))
        return refuse(error, "compression %u", page->compression);
    if (page->is_planar && page->samples > 1 && (page->tile.width > 0 || !is_copied_by_bands(page)))
        return refuse(error, "%s with PhotometricInterpretation %u in separate planes",
                      page->tile.width > 0 ? "tiles" : "strips", page->photometric);
    if (page->is_planar && page->bits < 8 && page->planar_at == 0)
        return refuse(error, "%u-bit samples with a one-byte PlanarConfiguration", page->bits);
    if (page->photometric == TIFF_YCBCR && !is_decoded_by_codec(page) &&
        (page->subsampling[0] != 1 || page->subsampling[1] != 1))
        return refuse(error, "subsampled YCbCr colours (%u x %u) without JPEG compression",
                      page->subsampling[0], page->subsampling[1]);
    return TRUE;
}

/* Returns the first extra sample that is declared as alpha. Further ones are ignored, and so are samples that
 * ExtraSamples does not describe. */
static int find_alpha(const TiffPage *page, guint n_colours)
{
    const guint n = MIN(page->n_extras, page->samples - n_colours);

    if (page->photometric == TIFF_PALETTE)
        return -1;
    for (guint i = 0; i < n; i++)
        if (page->extras[i] == TIFF_ASSOCIATED_ALPHA || page->extras[i] == TIFF_UNASSOCIATED_ALPHA)
            return (int)i;
    return -1;
}

static gboolean has_associated(const TiffPage *page)
{
    for (guint i = 0; i < page->n_extras; i++)
        if (page->extras[i] == TIFF_ASSOCIATED_ALPHA)
            return TRUE;
    return FALSE;
}

/* libvips divides colours by alpha where they were multiplied with it; but it knows the largest alpha value
 * only for grey, RGB and 8-bit CMYK. */
static gboolean check_associated(const TiffPage *page, GError **error)
{
    const gboolean is_plain = page->sample_format == TIFF_UNSIGNED || page->sample_format == TIFF_VOID;
    const gboolean is_rgb = page->photometric <= TIFF_RGB;
    g_autofree char *name = NULL;

    if (!has_associated(page) || (is_plain && ((is_rgb && (page->bits == 8 || page->bits == 16)) ||
                                               (page->photometric == TIFF_SEPARATED && page->bits == 8))))
        return TRUE;
    name = tiff_samples_name(page);
    return refuse(error, "associated alpha with PhotometricInterpretation %u and %s", page->photometric,
                  name);
}

static TiffMeaning meaning_of(const TiffPage *page)
{
    if (page->photometric == TIFF_ICCLAB)
        return TIFF_FROM_ICCLAB;
    if (page->photometric == TIFF_YCBCR)
        return is_decoded_by_codec(page) ? TIFF_AS_DECODED : TIFF_FROM_YCBCR;
    if (page->photometric == TIFF_CIELAB || page->photometric == TIFF_PALETTE || page->bits < 8)
        return TIFF_AS_DECODED;
    if (page->sample_format == TIFF_FLOAT)
        return page->photometric == TIFF_RGB && !page->has_profile ? TIFF_LIGHT : TIFF_0_TO_1;
    if (page->sample_format == TIFF_SIGNED)
        return TIFF_WITH_SIGN;
    return page->bits == 32 ? TIFF_WIDE : TIFF_AS_DECODED;
}

gboolean tiff_layout_of(const TiffPage *page, TiffLayout *ret_layout, GError **error)
{
    const guint n_colours = count_colours(page);
    TiffLayout layout;

    if (!check_colours(page, n_colours, error) || !check_samples(page, error) || !check_coding(page, error) ||
        !check_associated(page, error))
        return FALSE;
    layout = (TiffLayout){.meaning = meaning_of(page),
                          .n_colours = n_colours,
                          .is_palette = page->photometric == TIFF_PALETTE,
                          .alpha = find_alpha(page, n_colours)};
    layout.is_falsely_planar = page->is_planar && page->samples == 1 && page->planar_at != 0;
    layout.is_negative = page->photometric == TIFF_WHITE_IS_ZERO &&
                         (layout.meaning == TIFF_WITH_SIGN || layout.meaning == TIFF_0_TO_1);
    *ret_layout = layout;
    return TRUE;
}
