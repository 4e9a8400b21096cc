#include "imaging/tagged_profile.h"

#include <lcms2.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/heif_tags.h"
#include "imaging/formats/icc_tags.h"
#include "imaging/formats/png_tags.h"
#include "imaging/tone_map.h"

/* A field of our own; no output gets it (metadata.c). */
#define HDR_FIELD  "thumbmill-hdr"

#define N_STEPS    1024u /* of a curve that is stored as a table */
#define CUBE_STEPS 33u   /* of each axis of a colour table, as many as lcms uses */

/* ICC.1:2022: the date is at offset 24 of the header; the unit of 16-bit X, Y and Z is 1/32768 (6.3.4.2). */
#define DATE_AT     24u
#define DATE_BYTES  12u
#define XYZ_ENCODED 32768.0

static double light_of(const ColourTags *tags, double signal)
{
    switch (tags->transfer) {
    case TRANSFER_SMPTE_428: return MIN(1.0, 52.37 / 48.0 * pow(signal, 2.6));
    case TRANSFER_PQ: return tone_map_pq_light(signal);
    case TRANSFER_HLG: return tone_map_hlg_light(signal);
    default: g_assert_not_reached();
    }
}

/* The light that a display emits for a grey signal, tone-mapped if the tags are of high dynamic range. */
static double grey_light(const ColourTags *tags, double signal)
{
    const double light = light_of(tags, signal);
    double rgb[3] = {light, light, light};

    if (tags->transfer == TRANSFER_HLG)
        tone_map_hlg_display(rgb);
    return colour_tags_hdr_name(tags) != NULL ? tone_map(rgb[0]) : light;
}

static cmsToneCurve *curve_of_table(const ColourTags *tags)
{
    cmsUInt16Number values[N_STEPS];

    for (guint i = 0; i < N_STEPS; i++)
        values[i] = (cmsUInt16Number)(G_MAXUINT16 * grey_light(tags, i / (N_STEPS - 1.0)) + 0.5);
    return cmsBuildTabulatedToneCurve16(NULL, N_STEPS, values);
}

/* lcms' parametric curve of type 4 is (aX + b)^g from d upwards, and cX below. */
static cmsToneCurve *curve_new(const ColourTags *tags)
{
    static const double srgb[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    static const double smpte_240[] = {1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 4 * 0.0228};

    switch (tags->transfer) {
    case TRANSFER_SRGB: return cmsBuildParametricToneCurve(NULL, 4, srgb);
    case TRANSFER_SMPTE_240: return cmsBuildParametricToneCurve(NULL, 4, smpte_240);
    case TRANSFER_GAMMA: return cmsBuildGamma(NULL, tags->gamma);
    default: return curve_of_table(tags);
    }
}

static cmsHPROFILE rgb_profile(const ColourTags *tags, cmsToneCurve *curve)
{
    const cmsCIExyY white = {tags->white.x, tags->white.y, 1.0};
    const Chromaticity *p = tags->primaries;
    const cmsCIExyYTRIPLE primaries = {{p[0].x, p[0].y, 1.0}, {p[1].x, p[1].y, 1.0}, {p[2].x, p[2].y, 1.0}};
    cmsToneCurve *curves[] = {curve, curve, curve};

    return cmsCreateRGBProfile(&white, &primaries, curves);
}

typedef struct {
    double at[3][3]; /* row, column */
} Matrix;

typedef struct {
    Transfer transfer;
    Matrix to_wide; /* from the tags' primaries to those of BT.2020, where tone mapping is done */
    Matrix to_xyz;  /* from BT.2020 to XYZ */
    double light[CUBE_STEPS];
} Cube;

static void multiply(const Matrix *matrix, double vector[3])
{
    const double v[3] = {vector[0], vector[1], vector[2]};

    for (guint i = 0; i < 3; i++)
        vector[i] = matrix->at[i][0] * v[0] + matrix->at[i][1] * v[1] + matrix->at[i][2] * v[2];
}

/* By cofactors. Valid primaries have a determinant other than 0. */
static Matrix inverse(const Matrix *matrix)
{
    const double(*m)[3] = matrix->at;
    Matrix result;
    double determinant = 0.0;

    for (guint i = 0; i < 3; i++)
        for (guint k = 0; k < 3; k++) {
            const guint r0 = (k + 1) % 3, r1 = (k + 2) % 3, c0 = (i + 1) % 3, c1 = (i + 2) % 3;

            result.at[i][k] = m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0];
        }
    for (guint i = 0; i < 3; i++)
        determinant += m[0][i] * result.at[i][0];
    for (guint i = 0; i < 3; i++)
        for (guint k = 0; k < 3; k++)
            result.at[i][k] /= determinant;
    return result;
}

/* The matrix that lcms made from the primaries, for the white of the profile connection space. */
static gboolean matrix_of_profile(cmsHPROFILE profile, Matrix *ret_matrix)
{
    static const cmsTagSignature columns[] = {cmsSigRedColorantTag, cmsSigGreenColorantTag,
                                              cmsSigBlueColorantTag};

    for (guint i = 0; i < 3; i++) {
        const cmsCIEXYZ *xyz = cmsReadTag(profile, columns[i]);

        if (xyz == NULL)
            return FALSE;
        ret_matrix->at[0][i] = xyz->X;
        ret_matrix->at[1][i] = xyz->Y;
        ret_matrix->at[2][i] = xyz->Z;
    }
    return TRUE;
}

static gboolean cube_init(Cube *cube, cmsHPROFILE profile, const ColourTags *tags)
{
    ColourTags wide = *tags;
    cmsToneCurve *line = cmsBuildGamma(NULL, 1.0);
    cmsHPROFILE wide_profile = NULL;
    Matrix own;
    gboolean ok;

    (void)colour_tags_set_primaries(&wide, COLOUR_TAGS_BT_2020);
    if (line != NULL)
        wide_profile = rgb_profile(&wide, line);
    ok = wide_profile != NULL && matrix_of_profile(profile, &own) &&
         matrix_of_profile(wide_profile, &cube->to_xyz);
    if (ok) {
        const Matrix from_xyz = inverse(&cube->to_xyz);

        cube->transfer = tags->transfer;
        for (guint i = 0; i < 3; i++) {
            double column[3] = {own.at[0][i], own.at[1][i], own.at[2][i]};

            multiply(&from_xyz, column);
            for (guint k = 0; k < 3; k++)
                cube->to_wide.at[k][i] = column[k];
        }
        for (guint i = 0; i < CUBE_STEPS; i++)
            cube->light[i] = light_of(tags, i / (CUBE_STEPS - 1.0));
    }
    g_clear_pointer(&wide_profile, cmsCloseProfile);
    g_clear_pointer(&line, cmsFreeToneCurve);
    return ok;
}

static cmsInt32Number cube_colour(const cmsUInt16Number in[], cmsUInt16Number out[], void *data)
{
    const Cube *cube = data;
    double colour[3];

    for (guint i = 0; i < 3; i++)
        colour[i] = cube->light[((guint)in[i] * (CUBE_STEPS - 1) + G_MAXUINT16 / 2) / G_MAXUINT16];
    multiply(&cube->to_wide, colour);
    if (cube->transfer == TRANSFER_HLG)
        tone_map_hlg_display(colour);
    tone_map_rgb(colour);
    multiply(&cube->to_xyz, colour);
    for (guint i = 0; i < 3; i++)
        out[i] = (cmsUInt16Number)CLAMP(colour[i] * XYZ_ENCODED + 0.5, 0.0, (double)G_MAXUINT16);
    return TRUE;
}

/* Adds a colour table, which replaces the matrix and the curves of the profile, because tone mapping of one
 * band depends on the others. */
static gboolean add_cube(cmsHPROFILE profile, const ColourTags *tags)
{
    Cube cube;
    cmsPipeline *pipeline = cmsPipelineAlloc(NULL, 3, 3);
    cmsStage *table = cmsStageAllocCLut16bit(NULL, CUBE_STEPS, 3, 3, NULL);
    gboolean ok;

    ok = cube_init(&cube, profile, tags) && pipeline != NULL && table != NULL &&
         cmsStageSampleCLut16bit(table, cube_colour, &cube, 0) &&
         cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocToneCurves(NULL, 3, NULL)) &&
         cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageDup(table)) &&
         cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocToneCurves(NULL, 3, NULL)) &&
         cmsWriteTag(profile, cmsSigAToB0Tag, pipeline);
    if (table != NULL)
        cmsStageFree(table);
    if (pipeline != NULL)
        cmsPipelineFree(pipeline);
    return ok;
}

static cmsHPROFILE profile_new(const ColourTags *tags, gboolean is_grey)
{
    cmsToneCurve *curve = curve_new(tags);
    cmsHPROFILE profile;

    if (curve == NULL)
        return NULL;
    profile = is_grey ? cmsCreateGrayProfile(cmsD50_xyY(), curve) : rgb_profile(tags, curve);
    cmsFreeToneCurve(curve);
    if (profile != NULL && !is_grey && colour_tags_hdr_name(tags) != NULL && !add_cube(profile, tags))
        g_clear_pointer(&profile, cmsCloseProfile);
    return profile;
}

/* Serialises and closes the profile. Returns NULL if profile is NULL or cannot be written. */
static GBytes *profile_end(cmsHPROFILE profile)
{
    static const guint8 date[DATE_BYTES] = {2000 >> 8, 2000 & 0xff, 0, 1, 0, 1};
    cmsUInt32Number size = 0;
    g_autofree guint8 *bytes = NULL;
    gboolean ok;

    if (profile == NULL)
        return NULL;
    ok = cmsSaveProfileToMem(profile, NULL, &size) && size >= DATE_AT + DATE_BYTES &&
         (bytes = g_malloc(size)) != NULL && cmsSaveProfileToMem(profile, bytes, &size);
    cmsCloseProfile(profile);
    if (!ok)
        return NULL;
    memcpy(bytes + DATE_AT, date, sizeof date); /* lcms writes the current date */
    return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

GBytes *tagged_profile_new(const ColourTags *tags, gboolean is_grey)
{
    return profile_end(profile_new(tags, is_grey));
}

/* A profile of linear light with sRGB's primaries. It is of version 2, since lcms applies black point
 * compensation between two profiles of version 4. */
static cmsHPROFILE light_profile(void)
{
    cmsToneCurve *line = cmsBuildGamma(NULL, 1.0);
    cmsHPROFILE profile = line != NULL ? rgb_profile(&colour_tags_srgb, line) : NULL;

    if (profile != NULL)
        cmsSetProfileVersion(profile, 2.1);
    g_clear_pointer(&line, cmsFreeToneCurve);
    return profile;
}

/* The curve from greys of an RGB profile to light. */
static cmsToneCurve *curve_of_greys(cmsHPROFILE profile, cmsUInt32Number intent)
{
    cmsHPROFILE light = light_profile();
    cmsHTRANSFORM transform = NULL;
    cmsToneCurve *curve = NULL;

    if (light != NULL)
        transform = cmsCreateTransform(profile, TYPE_RGB_16, light, TYPE_RGB_16, intent,
                                       cmsFLAGS_NOOPTIMIZE | cmsFLAGS_NOCACHE);
    if (transform != NULL) {
        cmsUInt16Number rgb[N_STEPS][3], values[N_STEPS];

        for (guint i = 0; i < N_STEPS; i++)
            rgb[i][0] = rgb[i][1] = rgb[i][2] = (cmsUInt16Number)(i * G_MAXUINT16 / (N_STEPS - 1));
        cmsDoTransform(transform, rgb, rgb, N_STEPS);
        for (guint i = 0; i < N_STEPS; i++)
            values[i] = (cmsUInt16Number)(0.2126 * rgb[i][0] + 0.7152 * rgb[i][1] + 0.0722 * rgb[i][2] + 0.5);
        curve = cmsBuildTabulatedToneCurve16(NULL, N_STEPS, values);
    }
    g_clear_pointer(&transform, cmsDeleteTransform);
    g_clear_pointer(&light, cmsCloseProfile);
    return curve;
}

GBytes *tagged_profile_of_greys(const void *rgb_profile_bytes, gsize size)
{
    cmsHPROFILE rgb = cmsOpenProfileFromMem(rgb_profile_bytes, (cmsUInt32Number)size);
    cmsHPROFILE grey = NULL;
    cmsToneCurve *curve = NULL;

    if (rgb != NULL && cmsGetColorSpace(rgb) == cmsSigRgbData)
        curve = curve_of_greys(rgb, icc_tags_is_relative_only(rgb_profile_bytes, size)
                                        ? INTENT_RELATIVE_COLORIMETRIC
                                        : INTENT_PERCEPTUAL);
    if (curve != NULL)
        grey = cmsCreateGrayProfile(cmsD50_xyY(), curve);
    g_clear_pointer(&curve, cmsFreeToneCurve);
    g_clear_pointer(&rgb, cmsCloseProfile);
    return profile_end(grey);
}

/* Caches the last profile: an image is opened at least twice, the first time to probe it. */
static GBytes *profile_get(const ColourTags *tags, gboolean is_grey)
{
    static ColourTags last_tags;
    static gboolean last_is_grey;
    static GBytes *last;

    if (last == NULL || last_is_grey != is_grey || !colour_tags_equal(&last_tags, tags)) {
        g_clear_pointer(&last, g_bytes_unref);
        last = tagged_profile_new(tags, is_grey);
        last_tags = *tags;
        last_is_grey = is_grey;
    }
    return last;
}

/* Reads the colours from a profile that stands for high dynamic range in programs that do not support it. */
static gboolean read_profile_tags(VipsImage *image, ColourTags *ret_tags)
{
    const void *data;
    gsize size;

    return vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) == 0 &&
           icc_tags_read_hdr(data, size, ret_tags);
}

static gboolean read_tags(VipsImage *image, ImageFormat format, const void *bytes, gsize size,
                          ColourTags *ret_tags)
{
    const gboolean has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;

    if (format == FORMAT_PNG && png_tags_read(bytes, size, has_profile, ret_tags))
        return TRUE;
    if (has_profile)
        return read_profile_tags(image, ret_tags);
    return (format == FORMAT_AVIF || format == FORMAT_HEIC) && heif_tags_read(bytes, size, ret_tags);
}

static void set_profile(VipsImage *image, GBytes *profile)
{
    if (profile != NULL)
        vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, g_bytes_get_data(profile, NULL),
                                 g_bytes_get_size(profile));
    else
        engine_drop_error();
}

/* Gives a grey image that has an RGB profile an equivalent grey one. Other programs apply the RGB profile to
 * three equal bands. */
static void make_profile_grey(VipsImage *image)
{
    const void *data;
    gsize size;
    g_autoptr(GBytes) profile = NULL;

    if (image->Bands > 2 || vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
        vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0 || !icc_tags_is_rgb(data, size))
        return;
    profile = tagged_profile_of_greys(data, size);
    set_profile(image, profile);
}

void tagged_profile_attach(VipsImage *image, ImageFormat format, const void *bytes, gsize size)
{
    ColourTags tags;

    if (!read_tags(image, format, bytes, size, &tags)) {
        make_profile_grey(image);
        return;
    }
    set_profile(image, profile_get(&tags, image->Bands < 3));
    if (colour_tags_hdr_name(&tags) != NULL)
        vips_image_set_int(image, HDR_FIELD, 1);
}

gboolean tagged_profile_is_hdr(VipsImage *image)
{
    return vips_image_get_typeof(image, HDR_FIELD) != 0;
}
