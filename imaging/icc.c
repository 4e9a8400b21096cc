#include "imaging/icc.h"

#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/icc_tags.h"
#include "imaging/step.h"

/* Number of cached verdicts, and the largest profile that is cached. Profiles of cameras and editors have 0.5
 * to 4 KiB, those of printing presses 2 MiB. */
#define MAX_REMEMBERED       16
#define MAX_REMEMBERED_BYTES (64u << 10)

#define HEADER_BYTES         128u /* ICC.1:2010, 7.2 */
#define HEADER_SPACE_AT      16u

/* Steps on each axis of the cube of test colours. Its corners include black and white. */
#define CUBE_STEPS   9
#define CUBE_COLOURS (CUBE_STEPS * CUBE_STEPS * CUBE_STEPS)

/* How much an sRGB profile may change a value: it is rounded twice. */
#define SAME_WITHIN 1

/* The least difference in lightness between white and black, of 255. */
#define LEAST_CONTRAST 64

typedef struct {
    GBytes *profile;
    int n_colours; /* bands of the image that had the profile: the verdict depends on them */
    IccVerdict verdict;
} Remembered;

static Remembered remembered[MAX_REMEMBERED];
static guint next_remembered;

/* Makes 9 x 9 x 9 test colours from black to white: for one band 729 greys, for CMYK the same cube without
 * black ink. The first colour is the darkest and the last one the lightest, or the other way round for
 * CMYK. */
static VipsImage *colours_new(int n_bands)
{
    guint8 values[CUBE_COLOURS * 4] = {0};
    VipsImage *image;

    for (int i = 0; i < CUBE_COLOURS; i++) {
        const int cube[3] = {i / (CUBE_STEPS * CUBE_STEPS), i / CUBE_STEPS % CUBE_STEPS, i % CUBE_STEPS};

        if (n_bands == 1)
            values[i] = (guint8)(255 * i / (CUBE_COLOURS - 1));
        else
            for (int band = 0; band < 3; band++)
                values[i * n_bands + band] = (guint8)(255 * cube[band] / (CUBE_STEPS - 1));
    }
    image = vips_image_new_from_memory_copy(values, (gsize)CUBE_COLOURS * (gsize)n_bands, CUBE_COLOURS, 1,
                                            n_bands, VIPS_FORMAT_UCHAR);
    if (image != NULL)
        image->Type = n_bands == 1   ? VIPS_INTERPRETATION_B_W
                      : n_bands == 3 ? VIPS_INTERPRETATION_sRGB
                                     : VIPS_INTERPRETATION_CMYK;
    return image;
}

/* Renames the profile's tables, since the intent selects a table by its name. */
VipsImage *icc_prepare(VipsImage *image)
{
    const void *data = NULL;
    gsize size = 0;
    g_autofree guint8 *profile = NULL;
    VipsImage *out = NULL;
    int result;

    if (image == NULL || vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
        vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0)
        return image;
    profile = g_memdup2(data, size);
    if (!icc_tags_swap_intents(profile, size))
        return image;
    result = vips_copy(image, &out, NULL);
    if (result == 0)
        vips_image_set_blob_copy(out, VIPS_META_ICC_NAME, profile, size);
    return step_done(image, out, result);
}

/* Applies the profile to the colours and returns them as 3 bands of sRGB, or NULL if it cannot be applied. */
static guint8 *colours_apply(VipsImage *colours, GBytes *profile)
{
    VipsImage *prepared;
    VipsImage *out = NULL;
    guint8 *values = NULL;
    gsize size;
    const void *data = g_bytes_get_data(profile, &size);

    vips_image_set_blob_copy(colours, VIPS_META_ICC_NAME, data, size);
    prepared = icc_prepare(g_object_ref(colours));
    if (prepared != NULL &&
        vips_icc_transform(prepared, &out, "srgb", "embedded", TRUE, "depth", 8, "intent",
                           VIPS_INTENT_RELATIVE, NULL) == 0 &&
        out->Bands == 3)
        values = vips_image_write_to_memory(out, &size);
    g_clear_object(&out);
    g_clear_object(&prepared);
    return values;
}

static int lightness(const guint8 *rgb)
{
    return (rgb[0] + 2 * rgb[1] + rgb[2]) / 4;
}

static gboolean colours_are_same(const guint8 *before, const guint8 *after, int n_bands)
{
    if (n_bands == 4)
        return FALSE;
    for (int i = 0; i < CUBE_COLOURS * 3; i++) {
        int difference = after[i] - before[n_bands == 1 ? i / 3 : i];

        if (ABS(difference) > SAME_WITHIN)
            return FALSE;
    }
    return TRUE;
}

static IccVerdict judge(GBytes *profile, int n_bands)
{
    VipsImage *colours = colours_new(n_bands);
    g_autofree guint8 *before = NULL;
    g_autofree guint8 *after = NULL;
    gsize size;
    int contrast;
    IccVerdict verdict = ICC_BROKEN;

    if (colours == NULL)
        return ICC_BROKEN;
    before = vips_image_write_to_memory(colours, &size);
    after = colours_apply(colours, profile);
    if (before != NULL && after != NULL) {
        contrast = lightness(after + 3 * (CUBE_COLOURS - 1)) - lightness(after);
        if (n_bands == 4)
            contrast = -contrast;
        if (contrast >= LEAST_CONTRAST)
            verdict = colours_are_same(before, after, n_bands) ? ICC_SRGB : ICC_OTHER;
    }
    g_object_unref(colours);
    engine_drop_error();
    return verdict;
}

static IccVerdict judge_or_remember(GBytes *profile, int n_bands)
{
    IccVerdict verdict;
    Remembered *place;

    for (guint i = 0; i < MAX_REMEMBERED; i++)
        if (remembered[i].profile != NULL && remembered[i].n_colours == n_bands &&
            g_bytes_equal(remembered[i].profile, profile))
            return remembered[i].verdict;
    verdict = judge(profile, n_bands);
    if (g_bytes_get_size(profile) <= MAX_REMEMBERED_BYTES) {
        place = &remembered[next_remembered++ % MAX_REMEMBERED];
        g_clear_pointer(&place->profile, g_bytes_unref);
        *place = (Remembered){g_bytes_ref(profile), n_bands, verdict};
    }
    return verdict;
}

/* The number of colour bands of an image whose colours need a profile to have a meaning; 0 for an image in a
 * colour space that needs no profile (Lab, linear light). */
static int device_bands(const VipsImage *image)
{
    switch (vips_image_guess_interpretation(image)) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16: return 1;
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16: return 3;
    case VIPS_INTERPRETATION_CMYK: return 4;
    default: return 0;
    }
}

static int profile_bands(const char *profile)
{
    static const struct {
        char space[5];
        int n_bands;
    } spaces[] = {{"GRAY", 1}, {"RGB ", 3}, {"CMYK", 4}};

    for (guint i = 0; i < G_N_ELEMENTS(spaces); i++)
        if (memcmp(profile + HEADER_SPACE_AT, spaces[i].space, 4) == 0)
            return spaces[i].n_bands;
    return 0;
}

IccVerdict icc_judge(VipsImage *image)
{
    const void *data = NULL;
    gsize size = 0;
    const int n_bands = device_bands(image);
    g_autoptr(GBytes) profile = NULL;

    if (n_bands == 0 || vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0)
        return ICC_NONE;
    /* libvips would silently use sRGB instead of a profile that it cannot read. */
    if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0 || size < HEADER_BYTES ||
        profile_bands(data) != n_bands || !vips_icc_is_compatible_profile(image, data, size)) {
        engine_drop_error();
        return ICC_BROKEN;
    }
    profile = g_bytes_new(data, size);
    return judge_or_remember(profile, n_bands);
}
