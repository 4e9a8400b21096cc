/* Provokes the peculiarities of the installed libvips, which must agree with engine_fact(). */
#include <criterion/criterion.h>
#include <string.h>

#include "gifs.h"
#include "imaging/engine.h"
#include "imaging/engine_facts.h"
#include "png_chunks.h"
#include "samples.h"
#include "tiffs.h"

#define SIDE 64

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(engine_facts, .init = setup);

typedef int (*Loader)(void *bytes, size_t size, VipsImage **ret_image, ...);

/* Returns NULL if the file cannot be opened. */
static VipsImage *load(Loader loader, GBytes *file)
{
    gsize size;
    void *bytes = (void *)(guintptr)g_bytes_get_data(file, &size);
    VipsImage *image = NULL;

    if (loader(bytes, size, &image, "fail_on", VIPS_FAIL_ON_ERROR, NULL) != 0)
        g_clear_object(&image);
    return image;
}

static gboolean cuts_deep_alpha(void)
{
    const double colour[] = {100, 100, 100, 64};
    VipsImage *deep = sample_16_bits(sample_plain(SIDE, SIDE, colour, 4));
    VipsImage *out = NULL;
    Pixel pixel;

    deep->Type = VIPS_INTERPRETATION_RGB16;
    cr_assert_eq(vips_icc_transform(deep, &out, "srgb", "input_profile", "p3", "depth", 8, NULL), 0);
    pixel = sample_area(out, SIDE / 2, SIDE / 2, 3);
    g_object_unref(deep);
    g_object_unref(out);
    return pixel.alpha == 255;
}

static gboolean keeps_all_or_nothing(void)
{
    GObjectClass *class = g_type_class_ref(g_type_from_name("VipsForeignSave"));
    const gboolean has_keep = g_object_class_find_property(class, "keep") != NULL;

    g_type_class_unref(class);
    return !has_keep;
}

static gboolean webp_ignores_strip(void)
{
    g_autoptr(GBytes) webp = sample_save(sample_noise(SIDE, SIDE, 1), ".webp[strip]");

    return memmem(g_bytes_get_data(webp, NULL), g_bytes_get_size(webp), "EXIF", 4) != NULL;
}

static gboolean gif_cut_off_is_whole(void)
{
    const GifsFrame frame = {.width = SIDE, .height = SIDE};
    const Gifs gifs = {
        .width = SIDE, .height = SIDE, .code_bits = 8, .n_frames = 3, .frames = {frame, frame, frame}};
    g_autoptr(GBytes) gif = gifs_make(&gifs);
    gsize size;
    void *bytes = (void *)(guintptr)g_bytes_get_data(gif, &size);
    VipsImage *image = NULL;
    double mean;
    gboolean is_whole;

    is_whole =
        vips_gifload_buffer(bytes, size / 2, &image, "n", -1, "fail_on", VIPS_FAIL_ON_ERROR, NULL) == 0 &&
        vips_avg(image, &mean, NULL) == 0;
    g_clear_object(&image);
    return is_whole;
}

static gboolean gif_drops_alpha(void)
{
    const Gifs gifs = {.width = SIDE,
                       .height = SIDE,
                       .code_bits = 2,
                       .n_frames = 1,
                       .frames = {{.width = SIDE / 2, .height = SIDE / 2}}};
    g_autoptr(GBytes) gif = gifs_make(&gifs);
    VipsImage *image = load(vips_gifload_buffer, gif);
    gboolean has_alpha;

    cr_assert_not_null(image);
    has_alpha = vips_image_hasalpha(image);
    g_object_unref(image);
    return !has_alpha;
}

/* White is the largest 32-bit number, but is read as a level beyond 255. */
static gboolean tiff_ignores_meaning(void)
{
    const guint grey = 1, is_unsigned = 1;
    const TiffsPage page = {
        .photometric = grey, .bits = 32, .format = is_unsigned, .samples = 1, .values = {{1}, {1}, {1}, {1}}};
    g_autoptr(GBytes) tiff = tiffs_make(&page, 1, TIFFS_LITTLE);
    VipsImage *image = load(vips_tiffload_buffer, tiff);
    double mean;

    cr_assert_not_null(image);
    cr_assert_eq(vips_avg(image, &mean, NULL), 0);
    g_object_unref(image);
    return mean > 255;
}

static gboolean thumbnail_takes_half(void)
{
    g_autoptr(GBytes) png = sample_save(sample_noise(SIDE, SIDE, 1), ".png");
    gsize size;
    void *bytes = (void *)(guintptr)g_bytes_get_data(png, &size);
    VipsImage *image = NULL;
    double mean;
    gboolean is_taken;

    is_taken = vips_thumbnail_buffer(bytes, size / 2, &image, SIDE / 4, "fail_on", VIPS_FAIL_ON_TRUNCATED,
                                     NULL) == 0 &&
               vips_avg(image, &mean, NULL) == 0;
    g_clear_object(&image);
    return is_taken;
}

static gboolean ignores_colour_tags(void)
{
    static const guint8 linear[] = {0, 1, 0x86, 0xa0};
    const double colour[] = {100, 100, 100};
    g_autoptr(GBytes) png = sample_save(sample_plain(SIDE, SIDE, colour, 3), ".png");
    g_autoptr(GBytes) tagged = png_chunks_insert(png, "gAMA", linear, sizeof linear, FALSE);
    VipsImage *image = load(vips_pngload_buffer, tagged);
    gboolean is_known;

    cr_assert_not_null(image);
    is_known =
        vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0 || sample_area(image, 8, 8, 3).red != 100;
    g_object_unref(image);
    return !is_known;
}

static gboolean profiles_of_version_4(void)
{
    const guint version_at = 8;
    VipsBlob *profile = NULL;
    const guint8 *bytes;
    gboolean is_4;

    cr_assert_eq(vips_profile_load("srgb", &profile, NULL), 0);
    bytes = vips_blob_get(profile, NULL);
    is_4 = bytes[version_at] >= 4;
    vips_area_unref(VIPS_AREA(profile));
    return is_4;
}

static gboolean light_has_alpha_of_255(void)
{
    const double colour[] = {100, 100, 100, 255};
    VipsImage *image = sample_plain(SIDE, SIDE, colour, 4);
    VipsImage *light = NULL;
    double *values = NULL;
    int n_values = 0;
    gboolean is_255;

    cr_assert_eq(vips_colourspace(image, &light, VIPS_INTERPRETATION_scRGB, NULL), 0);
    cr_assert_eq(vips_getpoint(light, &values, &n_values, 1, 1, NULL), 0);
    cr_assert_eq(n_values, 4);
    is_255 = values[3] == 255.0;
    g_free(values);
    g_object_unref(light);
    g_object_unref(image);
    return is_255;
}

static gboolean drops_unfit_profiles(void)
{
    const double grey[] = {100};
    VipsImage *image = sample_plain(SIDE, SIDE, grey, 1);
    VipsBlob *profile = NULL;
    g_autoptr(GBytes) tiff = NULL;
    gboolean has_profile;

    cr_assert_eq(vips_profile_load("p3", &profile, NULL), 0);
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, VIPS_AREA(profile)->data, VIPS_AREA(profile)->length);
    vips_area_unref(VIPS_AREA(profile));
    tiff = sample_save(image, ".tif");
    image = load(vips_tiffload_buffer, tiff);
    cr_assert_not_null(image);
    has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
    g_object_unref(image);
    return !has_profile;
}

static gboolean space_drops_profile(void)
{
    VipsImage *image = sample_noise(SIDE, SIDE, 1);
    VipsImage *wide = NULL;
    VipsImage *light = NULL;
    gboolean has_profile;

    cr_assert_eq(vips_icc_transform(image, &wide, "p3", "input_profile", "srgb", NULL), 0);
    cr_assert_eq(vips_colourspace(wide, &light, VIPS_INTERPRETATION_scRGB, NULL), 0);
    has_profile = vips_image_get_typeof(light, VIPS_META_ICC_NAME) != 0;
    g_object_unref(light);
    g_object_unref(wide);
    g_object_unref(image);
    return !has_profile;
}

Test(engine_facts, are_those_of_the_library_that_is_installed)
{
    static const struct {
        EngineFact fact;
        const char *name;
        gboolean (*provoke)(void);
    } facts[] = {
#define PROVOKED_BY(fact, provoke) {fact, #fact, provoke}
        PROVOKED_BY(ENGINE_CUTS_DEEP_ALPHA, cuts_deep_alpha),
        PROVOKED_BY(ENGINE_KEEPS_ALL_OR_NOTHING, keeps_all_or_nothing),
        PROVOKED_BY(ENGINE_WEBP_IGNORES_STRIP, webp_ignores_strip),
        PROVOKED_BY(ENGINE_GIF_CUT_OFF_IS_WHOLE, gif_cut_off_is_whole),
        PROVOKED_BY(ENGINE_GIF_DROPS_ALPHA, gif_drops_alpha),
        PROVOKED_BY(ENGINE_TIFF_IGNORES_MEANING, tiff_ignores_meaning),
        PROVOKED_BY(ENGINE_THUMBNAIL_TAKES_HALF, thumbnail_takes_half),
        PROVOKED_BY(ENGINE_IGNORES_COLOUR_TAGS, ignores_colour_tags),
        PROVOKED_BY(ENGINE_PROFILES_OF_VERSION_4, profiles_of_version_4),
        PROVOKED_BY(ENGINE_LIGHT_HAS_ALPHA_OF_255, light_has_alpha_of_255),
        PROVOKED_BY(ENGINE_DROPS_UNFIT_PROFILES, drops_unfit_profiles),
        PROVOKED_BY(ENGINE_SPACE_DROPS_PROFILE, space_drops_profile),
#undef PROVOKED_BY
    };

    for (guint i = 0; i < G_N_ELEMENTS(facts); i++) {
        const gboolean is_so = facts[i].provoke();

        cr_expect_eq(is_so, engine_fact(facts[i].fact), "%s: %d with libvips %s", facts[i].name, is_so,
                     engine_version());
        engine_drop_error();
    }
}
