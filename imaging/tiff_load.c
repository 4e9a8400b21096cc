#include "imaging/tiff_load.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine_facts.h"
#include "imaging/load_error.h"
#include "imaging/step.h"

#define WHITE_16 65535.0

/* How far rounding and resampling may exceed black and white: one level of 255. */
#define TOLERANCE (1.0 / 255.0)

/* A copy of the file whose header says that samples are interleaved. The image takes ownership of it. */
static VipsBlob *blob_not_planar(const void *bytes, gsize size, const TiffPage *page)
{
    const gboolean is_big_endian = *(const guint8 *)bytes == 'M';
    guint8 *copy = g_try_malloc(size);

    if (copy == NULL) {
        vips_error("tiff", "out of memory");
        return NULL;
    }
    memcpy(copy, bytes, size);
    copy[page->planar_at] = is_big_endian ? 0 : 1;
    copy[page->planar_at + 1] = is_big_endian ? 1 : 0;
    return vips_blob_new((VipsCallbackFn)vips_area_free_cb, copy, size);
}

/* The file and what tiff_file_read() and tiff_layout_of() found in it. */
typedef struct {
    const void *bytes;
    gsize size;
    TiffFile file;
    TiffLayout layout;
} Source;

static gboolean open_level(const Source *source, guint level, VipsFailOn fail_on, VipsImage **ret_image,
                           GError **error)
{
    const TiffLevel *place = &source->file.levels[MIN(level, source->file.n_levels - 1)];
    VipsBlob *blob = source->layout.is_falsely_planar
                         ? blob_not_planar(source->bytes, source->size, &source->file.page)
                         : vips_blob_new(NULL, source->bytes, source->size);
    VipsImage *image = NULL;
    int result = -1;

    if (blob != NULL) {
        result = vips_call("tiffload_buffer", blob, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                           fail_on, "page", place->page, "subifd", place->subifd, NULL);
        vips_area_unref(VIPS_AREA(blob));
    }
    if (result != 0) {
        g_clear_object(&image);
        load_take_error(FORMAT_TIFF, error);
        return FALSE;
    }
    *ret_image = image;
    return TRUE;
}

/* All functions from here on take ownership of their image, as steps do (step.h). */

static VipsImage *extract(VipsImage *image, int first, int n)
{
    const VipsInterpretation type = image != NULL ? image->Type : VIPS_INTERPRETATION_ERROR;
    VipsImage *out = NULL;
    int result;

    if (image == NULL || (first == 0 && n == image->Bands))
        return image;
    result = vips_extract_band(image, &out, first, "n", n, NULL);
    if (result == 0)
        out->Type = type;
    return step_done(image, out, result);
}

static VipsImage *join(VipsImage *colours, VipsImage *alpha)
{
    const VipsInterpretation type = colours != NULL ? colours->Type : VIPS_INTERPRETATION_ERROR;
    VipsImage *out = NULL;
    int result = -1;

    if (colours != NULL && alpha != NULL)
        result = vips_bandjoin2(colours, alpha, &out, NULL);
    if (result == 0)
        out->Type = type;
    g_clear_object(&colours);
    g_clear_object(&alpha);
    return out;
}

/* Keeps the bands of colours, followed by alpha; drops all others. */
static VipsImage *select_bands(VipsImage *image, const TiffPage *page, const TiffLayout *layout)
{
    const int n_stored = (int)page->samples;
    const int n_colours = layout->is_palette ? image->Bands - n_stored + 1 : (int)layout->n_colours;
    VipsImage *alpha;

    if (layout->alpha < 0)
        return extract(image, 0, n_colours);
    if (layout->alpha == 0)
        return extract(image, 0, n_colours + 1);
    alpha = extract(g_object_ref(image), n_colours + layout->alpha, 1);
    return join(extract(image, 0, n_colours), alpha);
}

/* Multiplies each band by its own factor and adds its own offset. */
static VipsImage *linear(VipsImage *image, const double *factors, const double *offsets)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL)
        return NULL;
    result = vips_linear(image, &out, factors, offsets, image->Bands, NULL);
    return step_done(image, out, result);
}

static VipsImage *with_type(VipsImage *image, VipsInterpretation type)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL)
        return NULL;
    result = vips_copy(image, &out, "interpretation", type, NULL);
    return step_done(image, out, result);
}

static VipsInterpretation type_of_16_bits(const TiffLayout *layout)
{
    return layout->n_colours == 1   ? VIPS_INTERPRETATION_GREY16
           : layout->n_colours == 3 ? VIPS_INTERPRETATION_RGB16
                                    : VIPS_INTERPRETATION_CMYK;
}

/* Scales 0 .. white to 16 bits and inverts negatives; alpha is never inverted. */
static VipsImage *scale(VipsImage *image, const TiffLayout *layout, double white)
{
    const double factor = WHITE_16 / white;
    const double rounding = 0.5;
    double factors[5], offsets[5];

    for (guint i = 0; i < G_N_ELEMENTS(factors); i++) {
        const gboolean is_turned = layout->is_negative && i < layout->n_colours;

        factors[i] = is_turned ? -factor : factor;
        offsets[i] = is_turned ? WHITE_16 + rounding : rounding;
    }
    return with_type(step_cast(linear(image, factors, offsets), VIPS_FORMAT_USHORT), type_of_16_bits(layout));
}

static VipsImage *narrow(VipsImage *image, const TiffLayout *layout)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL)
        return NULL;
    result = vips_cast(image, &out, VIPS_FORMAT_USHORT, "shift", TRUE, NULL);
    return with_type(step_done(image, out, result), type_of_16_bits(layout));
}

/* Scales alpha from 0 .. 1 to 0 .. largest. */
static VipsImage *with_alpha_up_to(VipsImage *image, double largest)
{
    const double factors[] = {1.0, 1.0, 1.0, largest};
    const double offsets[] = {0.0, 0.0, 0.0, 0.0};

    return image != NULL && image->Bands == 4 ? linear(image, factors, offsets) : image;
}

/* Lab */

/* libvips stores the alpha of a 16-bit Lab image in signed numbers, which should be unsigned. */
static VipsImage *alpha_of_labs(VipsImage *image, int band)
{
    VipsImage *alpha = extract(image, band, 1);
    VipsImage *number = step_cast(alpha, VIPS_FORMAT_INT);
    const double factor = 255.0 / WHITE_16, offset = 0.0;
    VipsImage *out = NULL;
    int result;

    if (number == NULL)
        return NULL;
    result = vips_andimage_const1(number, &out, WHITE_16, NULL);
    return step_cast(linear(step_done(number, out, result), &factor, &offset), VIPS_FORMAT_FLOAT);
}

static VipsImage *unpack_labq(VipsImage *image)
{
    VipsImage *out = NULL;
    int result = vips_LabQ2Lab(image, &out, NULL);

    return step_done(image, out, result);
}

static VipsImage *unpack_labs(VipsImage *image, const TiffLayout *layout)
{
    VipsImage *alpha = NULL;
    VipsImage *out = NULL;
    int result;

    if (layout->alpha >= 0) {
        alpha = alpha_of_labs(g_object_ref(image), (int)layout->n_colours + layout->alpha);
        if (alpha == NULL)
            return step_done(image, NULL, -1);
    }
    image = extract(image, 0, (int)layout->n_colours);
    if (image == NULL)
        return alpha != NULL ? step_done(alpha, NULL, -1) : NULL;
    result = vips_LabS2Lab(image, &out, NULL);
    image = step_done(image, out, result);
    return alpha != NULL ? join(image, alpha) : image;
}

/* Converts to Lab with the white point D65 (TIFF 6.0, section 23), which libvips uses. */
static VipsImage *from_cielab(VipsImage *image, const TiffPage *page, const TiffLayout *layout)
{
    if (image->Coding == VIPS_CODING_LABQ)
        return unpack_labq(image);
    if (image->BandFmt == VIPS_FORMAT_SHORT)
        return unpack_labs(image, layout);
    /* Alpha ranges up to 255 in all spaces but linear light. */
    return with_alpha_up_to(select_bands(image, page, layout), 255.0);
}

/* Converts Lab with the white point D50 to XYZ with D65, which libvips uses, by Bradford's matrix (Lindbloom,
 * "Chromatic Adaptation"). libvips' own vips_icc_export() is off by up to 8 levels. */
static VipsImage *from_lab_of_d50(VipsImage *image)
{
    static const double white[] = {96.422, 100.0, 82.521};
    static const double adaptation[] = {0.9555766, -0.0230393, 0.0631636,  -0.0282895, 1.0099416,
                                        0.0210077, 0.0122982,  -0.0204830, 1.3299098};
    VipsArrayDouble *temperature = vips_array_double_new(white, G_N_ELEMENTS(white));
    VipsImage *matrix = vips_image_new_matrix_from_array(3, 3, adaptation, G_N_ELEMENTS(adaptation));
    VipsImage *out = NULL;
    int result = -1;

    if (image != NULL && matrix != NULL) {
        result = vips_Lab2XYZ(image, &out, "temp", temperature, NULL);
        image = step_done(image, out, result);
    }
    vips_area_unref(VIPS_AREA(temperature));
    if (image != NULL) {
        out = NULL;
        result = matrix != NULL ? vips_recomb(image, &out, matrix, NULL) : -1;
        image = step_done(image, out, result);
    }
    g_clear_object(&matrix);
    return with_type(image, VIPS_INTERPRETATION_XYZ);
}

/* Adobe PageMaker 6.0 TIFF Technical Notes: L* is 0 to 255, and a* and b* are offset by 128; 16-bit samples
 * are 256 times that. The white point is D50, as in profiles. */
static VipsImage *from_icclab(VipsImage *image, const TiffPage *page, const TiffLayout *layout)
{
    const double unit = page->bits == 16 ? 256.0 : 1.0;
    const double alpha_white = page->bits == 16 ? WHITE_16 : 255.0;
    const double factors[] = {100.0 / (255.0 * unit), 1.0 / unit, 1.0 / unit, 255.0 / alpha_white};
    const double offsets[] = {0.0, -128.0, -128.0, 0.0};
    VipsImage *alpha = NULL;

    image = step_cast(linear(select_bands(image, page, layout), factors, offsets), VIPS_FORMAT_FLOAT);
    if (image == NULL || layout->alpha < 0)
        return image != NULL ? from_lab_of_d50(with_type(image, VIPS_INTERPRETATION_LAB)) : NULL;
    alpha = extract(g_object_ref(image), 3, 1);
    image = from_lab_of_d50(with_type(extract(image, 0, 3), VIPS_INTERPRETATION_LAB));
    return join(image, alpha);
}

/* YCbCr */

typedef struct {
    double factors[3][3]; /* of Y, Cb and Cr, for each of red, green and blue */
    double offsets[3];
} Matrix;

/* TIFF 6.0, section 21; ReferenceBlackWhite as in section 20. */
static Matrix matrix_of(const TiffPage *page)
{
    static const double usual[3] = {0.299, 0.587, 0.114};
    const double white = page->bits == 16 ? WHITE_16 : 255.0;
    const double middle = (white + 1.0) / 2.0;
    const double usual_reference[6] = {0, white, middle, white, middle, white};
    const double *luma = page->coefficients[1] > 0.0 ? page->coefficients : usual;
    const gboolean has_reference = page->reference[1] > page->reference[0] &&
                                   page->reference[3] > page->reference[2] &&
                                   page->reference[5] > page->reference[4];
    const double *reference = has_reference ? page->reference : usual_reference;
    const double red = 2.0 - 2.0 * luma[0], blue = 2.0 - 2.0 * luma[2];
    const double codes[3][3] = {
        {1.0, 0.0, red}, {1.0, -luma[2] * blue / luma[1], -luma[0] * red / luma[1]}, {1.0, blue, 0.0}};
    Matrix matrix = {0};

    for (int i = 0; i < 3; i++) {
        for (int band = 0; band < 3; band++) {
            const double range = band == 0 ? white : middle - 1.0;
            const double black = reference[2 * band];
            const double factor = codes[i][band] * range / (reference[2 * band + 1] - black);

            matrix.factors[i][band] = factor;
            matrix.offsets[i] -= factor * black;
        }
    }
    return matrix;
}

static VipsImage *from_ycbcr(VipsImage *image, const TiffPage *page)
{
    static const double ones[] = {1.0, 1.0, 1.0};
    const gboolean is_deep = page->bits == 16;
    const double rounding = 0.5;
    Matrix matrix = matrix_of(page);
    VipsImage *factors = vips_image_new_matrix_from_array(3, 3, &matrix.factors[0][0], 9);
    VipsImage *out = NULL;
    int result;

    if (factors == NULL)
        return step_done(image, NULL, -1);
    for (int i = 0; i < 3; i++)
        matrix.offsets[i] += rounding;
    result = vips_recomb(image, &out, factors, NULL);
    g_object_unref(factors);
    image = linear(step_done(image, out, result), ones, matrix.offsets);
    image = step_cast(image, is_deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
    return with_type(image, is_deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
}

static VipsImage *as_decoded(VipsImage *image, const TiffPage *page, const TiffLayout *layout)
{
    if (page->photometric == TIFF_CIELAB)
        return from_cielab(image, page, layout);
    image = select_bands(image, page, layout);
    return layout->n_colours == 4 ? with_type(image, VIPS_INTERPRETATION_CMYK) : image;
}

static VipsImage *understand(VipsImage *image, const TiffPage *page, const TiffLayout *layout)
{
    switch (layout->meaning) {
    case TIFF_AS_DECODED: return as_decoded(image, page, layout);
    case TIFF_WIDE: return narrow(select_bands(image, page, layout), layout);
    case TIFF_WITH_SIGN:
        return scale(select_bands(image, page, layout), layout, ldexp(1.0, (int)page->bits - 1) - 1.0);
    case TIFF_0_TO_1: return scale(select_bands(image, page, layout), layout, 1.0);
    case TIFF_LIGHT:
        return with_alpha_up_to(select_bands(image, page, layout),
                                engine_fact(ENGINE_LIGHT_HAS_ALPHA_OF_255) ? 255.0 : 1.0);
    case TIFF_FROM_YCBCR: return from_ycbcr(image, page);
    case TIFF_FROM_ICCLAB: return from_icclab(image, page, layout);
    }
    g_assert_not_reached();
}

static gboolean source_read(const void *bytes, gsize size, Source *ret_source, GError **error)
{
    *ret_source = (Source){.bytes = bytes, .size = size};
    if (!tiff_file_read(bytes, size, &ret_source->file)) {
        error_set(error, ERROR_INPUT, "damaged tiff: no readable directory");
        return FALSE;
    }
    return tiff_layout_of(&ret_source->file.page, &ret_source->layout, error);
}

VipsImage *tiff_load(const void *bytes, gsize size, guint level, VipsFailOn fail_on, GError **error)
{
    Source source;
    VipsImage *image;

    if (!source_read(bytes, size, &source, error) || !open_level(&source, level, fail_on, &image, error))
        return NULL;
    image = understand(image, &source.file.page, &source.layout);
    if (image == NULL)
        load_take_error(FORMAT_TIFF, error);
    return image;
}

/* The smallest and the largest sample of all bands, and the sum of the samples. */
typedef struct {
    double least, largest, sum;
} Statistics;

static gboolean measure(VipsImage *image, Statistics *ret_statistics)
{
    VipsImage *out = NULL;
    const double *row; /* the first row, which covers all bands */
    Statistics statistics;
    int result;

    if (image == NULL)
        return FALSE;
    result = vips_stats(image, &out, NULL);
    g_object_unref(image);
    if (result != 0)
        return FALSE;
    row = (const double *)(void *)out->data;
    statistics = (Statistics){row[0], row[1], row[2]};
    g_object_unref(out);
    *ret_statistics = statistics;
    return TRUE;
}

static gboolean refuse_range(const TiffPage *page, const Statistics *found, const char *why, GError **error)
{
    g_autofree char *name = tiff_samples_name(page);

    error_set(error, ERROR_INPUT, "unsupported tiff: %s from %g to %g%s", name, found->least, found->largest,
              why);
    return FALSE;
}

/* Refuses samples outside the range that their format implies, and samples that use so little of it that the
 * whole picture would be black: such a picture was meant for another range. */
static gboolean check_range(const TiffPage *page, const TiffLayout *layout, const Statistics *found,
                            GError **error)
{
    const gboolean is_float = layout->meaning == TIFF_0_TO_1 || layout->meaning == TIFF_LIGHT;
    const double white =
        is_float ? 1.0 : ldexp(1.0, (int)page->bits - (layout->meaning == TIFF_WITH_SIGN ? 1 : 0)) - 1.0;

    if (is_float) {
        if (!isfinite(found->sum) || found->least < -TOLERANCE || found->largest > 1.0 + TOLERANCE)
            return refuse_range(page, found,
                                isfinite(found->sum) ? ", outside of 0 to 1" : ", and not a number", error);
        return TRUE;
    }
    if (found->least < 0.0)
        return refuse_range(page, found, ": negative samples have no colour", error);
    if (found->largest > found->least && found->largest < white / 256.0)
        return refuse_range(page, found, ", which would all be black", error);
    return TRUE;
}

gboolean tiff_check(const void *bytes, gsize size, guint level, VipsFailOn fail_on, GError **error)
{
    Source source;
    const TiffPage *page = &source.file.page;
    const TiffLayout *layout = &source.layout;
    VipsImage *image;
    Statistics found;

    if (!source_read(bytes, size, &source, error))
        return FALSE;
    if (layout->meaning != TIFF_WIDE && layout->meaning != TIFF_WITH_SIGN && layout->meaning != TIFF_0_TO_1 &&
        layout->meaning != TIFF_LIGHT)
        return TRUE;
    if (!open_level(&source, level, fail_on, &image, error))
        return FALSE;
    if (!measure(select_bands(image, page, layout), &found)) {
        load_take_error(FORMAT_TIFF, error);
        return FALSE;
    }
    return check_range(page, layout, &found, error);
}
