#include "patches.h"

#include <lcms2.h>
#include <stdio.h>

const Pixel patch_colours[N_PATCHES] = {
    {180, 70, 60, 255}, {90, 150, 80, 255}, {60, 90, 160, 255}, {235, 225, 200, 255}};

static void die(const char *where)
{
    fprintf(stderr, "patches: %s\n", where);
    abort();
}

static GBytes *profile_save(cmsHPROFILE profile)
{
    cmsUInt32Number size = 0;
    void *bytes;

    if (profile == NULL || !cmsSaveProfileToMem(profile, NULL, &size))
        die("profile");
    bytes = g_malloc(size);
    if (!cmsSaveProfileToMem(profile, bytes, &size))
        die("profile");
    cmsCloseProfile(profile);
    return g_bytes_new_take(bytes, size);
}

/* A profile with these primaries, the white of D65, and one curve. */
static GBytes *profile_of_primaries(const cmsCIExyYTRIPLE *primaries, cmsToneCurve *curve)
{
    const cmsCIExyY d65 = {0.3127, 0.3290, 1.0};
    cmsToneCurve *curves[] = {curve, curve, curve};
    GBytes *profile = profile_save(cmsCreateRGBProfile(&d65, primaries, curves));

    cmsFreeToneCurve(curve);
    return profile;
}

static GBytes *profile_of_vips(const char *name)
{
    VipsBlob *blob = NULL;
    GBytes *bytes;

    if (vips_profile_load(name, &blob, NULL) != 0)
        die(name);
    bytes = g_bytes_new(VIPS_AREA(blob)->data, VIPS_AREA(blob)->length);
    vips_area_unref(VIPS_AREA(blob));
    return bytes;
}

/* Adobe, "Adobe RGB (1998) Color Image Encoding", 4.2 and 4.3.1.2. */
static GBytes *profile_adobe_rgb(void)
{
    static const cmsCIExyYTRIPLE primaries = {{0.64, 0.33, 1.0}, {0.21, 0.71, 1.0}, {0.15, 0.06, 1.0}};

    return profile_of_primaries(&primaries, cmsBuildGamma(NULL, 563.0 / 256.0));
}

/* A grey profile with a curve that is far from sRGB's. */
static GBytes *profile_of_grey(void)
{
    cmsToneCurve *curve = cmsBuildGamma(NULL, 1.4);
    GBytes *profile = profile_save(cmsCreateGrayProfile(cmsD50_xyY(), curve));

    cmsFreeToneCurve(curve);
    return profile;
}

GBytes *patches_profile(Space space)
{
    switch (space) {
    case SPACE_GREY_GAMMA: return profile_of_grey();
    case SPACE_ADOBE_RGB: return profile_adobe_rgb();
    case SPACE_P3: return profile_of_vips("p3");
    case SPACE_CMYK: return profile_of_vips("cmyk");
    case SPACE_SRGB:
    case SPACE_GREY: break;
    }
    return NULL;
}

GBytes *patches_black_profile(void)
{
    static const cmsCIExyYTRIPLE primaries = {{0.64, 0.33, 1.0}, {0.30, 0.60, 1.0}, {0.15, 0.06, 1.0}};
    static const cmsUInt16Number nothing[2] = {0, 0};

    return profile_of_primaries(&primaries, cmsBuildTabulatedToneCurve16(NULL, 2, nothing));
}

static cmsUInt32Number lcms_format(Space space)
{
    return space == SPACE_CMYK ? TYPE_CMYK_8 : space == SPACE_GREY_GAMMA ? TYPE_GRAY_8 : TYPE_RGB_8;
}

/* Converts sRGB to the space, or the space to sRGB. */
static void convert(Space space, gboolean to_space, const guint8 *from, guint8 *to)
{
    g_autoptr(GBytes) bytes = patches_profile(space);
    cmsHPROFILE srgb = cmsCreate_sRGBProfile();
    cmsHPROFILE other =
        cmsOpenProfileFromMem(g_bytes_get_data(bytes, NULL), (cmsUInt32Number)g_bytes_get_size(bytes));
    const cmsUInt32Number format = lcms_format(space);
    cmsHTRANSFORM transform;

    /* Between two profiles of version 4 lcms would apply black point compensation; libvips' profiles are not
     * of version 4. */
    cmsSetProfileVersion(srgb, 2.1);
    transform = to_space ? cmsCreateTransform(srgb, TYPE_RGB_8, other, format, INTENT_PERCEPTUAL, 0)
                         : cmsCreateTransform(other, format, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
    if (transform == NULL)
        die("transform");
    cmsDoTransform(transform, from, to, 1);
    cmsDeleteTransform(transform);
    cmsCloseProfile(other);
    cmsCloseProfile(srgb);
}

/* Computes the values of a patch in the space's own bands; returns the number of bands. */
static int patch_values(Space space, int patch, guint8 *values)
{
    const Pixel colour = patch_colours[patch];
    const guint8 rgb[3] = {(guint8)colour.red, (guint8)colour.green, (guint8)colour.blue};

    switch (space) {
    case SPACE_GREY:
    case SPACE_GREY_GAMMA: values[0] = rgb[1]; return 1;
    case SPACE_SRGB: memcpy(values, rgb, 3); return 3;
    case SPACE_ADOBE_RGB:
    case SPACE_P3: convert(space, TRUE, rgb, values); return 3;
    case SPACE_CMYK: break;
    }
    convert(space, TRUE, rgb, values);
    return 4;
}

VipsImage *patches_picture(Space space, int width, int height)
{
    g_autoptr(GBytes) profile = patches_profile(space);
    VipsImage *parts[N_PATCHES];
    VipsImage *image = NULL;

    for (int i = 0; i < N_PATCHES; i++) {
        guint8 values[4];
        double colour[4];
        int n = patch_values(space, i, values);

        for (int band = 0; band < n; band++)
            colour[band] = values[band];
        parts[i] = sample_plain(width / 2, height / 2, colour, n);
    }
    if (vips_arrayjoin(parts, &image, N_PATCHES, "across", 2, NULL) != 0)
        die(vips_error_buffer());
    for (int i = 0; i < N_PATCHES; i++)
        g_object_unref(parts[i]);
    if (space == SPACE_CMYK)
        image->Type = VIPS_INTERPRETATION_CMYK;
    if (profile != NULL)
        vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, g_bytes_get_data(profile, NULL),
                                 g_bytes_get_size(profile));
    return image;
}

Pixel patches_expected(Space space, int patch)
{
    guint8 values[4];
    guint8 rgb[3];

    if (space == SPACE_GREY) {
        const int grey = patch_colours[patch].green;

        return (Pixel){grey, grey, grey, 255};
    }
    if (space != SPACE_CMYK && space != SPACE_GREY_GAMMA)
        return patch_colours[patch];
    patch_values(space, patch, values);
    convert(space, FALSE, values, rgb);
    return (Pixel){rgb[0], rgb[1], rgb[2], 255};
}

static VipsImage *to_lab(Pixel pixel)
{
    const double rgb[3] = {pixel.red, pixel.green, pixel.blue};
    VipsImage *image = sample_plain(1, 1, rgb, 3);
    VipsImage *lab = NULL;

    if (vips_colourspace(image, &lab, VIPS_INTERPRETATION_LAB, NULL) != 0)
        die(vips_error_buffer());
    g_object_unref(image);
    return lab;
}

double pixel_delta_e(Pixel a, Pixel b)
{
    VipsImage *left = to_lab(a);
    VipsImage *right = to_lab(b);
    VipsImage *difference = NULL;
    double result = 0.0;

    if (vips_dE00(left, right, &difference, NULL) != 0 || vips_avg(difference, &result, NULL) != 0)
        die(vips_error_buffer());
    g_object_unref(left);
    g_object_unref(right);
    g_object_unref(difference);
    return result;
}
