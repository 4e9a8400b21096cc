/* Transparency in every depth, colour space and profile, from every format that has it, to every profile of
 * an output, at full size and reduced, with and without linear light, several outputs and one: alpha values
 * do not change, and the colours of pixels that are not clear stay within a delta E of 2. */
#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "patches.h"

#define SIDE 64

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(alpha, .init = setup, .timeout = 280);

static const int patch_alphas[N_PATCHES] = {0, 77, 128, 255};

typedef struct {
    const char *suffix; /* as libvips names the format and its options */
    Space space;
    gboolean is_deep; /* 16 bits */
} Kind;

static const Kind kinds[] = {
    {".png", SPACE_SRGB, FALSE},
    {".png", SPACE_SRGB, TRUE},
    {".png", SPACE_GREY, FALSE},
    {".png", SPACE_GREY, TRUE},
    {".png", SPACE_GREY_GAMMA, FALSE},
    {".png", SPACE_GREY_GAMMA, TRUE},
    {".png", SPACE_ADOBE_RGB, FALSE},
    {".png", SPACE_ADOBE_RGB, TRUE},
    {".png", SPACE_P3, FALSE},
    {".png", SPACE_P3, TRUE},
    {".png[interlace]", SPACE_P3, TRUE},
    {".tif", SPACE_SRGB, FALSE},
    {".tif", SPACE_SRGB, TRUE},
    {".tif", SPACE_GREY, FALSE},
    {".tif", SPACE_GREY, TRUE},
    {".tif", SPACE_GREY_GAMMA, FALSE},
    {".tif", SPACE_GREY_GAMMA, TRUE},
    {".tif", SPACE_ADOBE_RGB, FALSE},
    {".tif", SPACE_ADOBE_RGB, TRUE},
    {".tif", SPACE_P3, FALSE},
    {".tif", SPACE_P3, TRUE},
    {".tif", SPACE_CMYK, FALSE},
    {".tif", SPACE_CMYK, TRUE},
    {".tif[tile,compression=lzw]", SPACE_P3, TRUE},
    {".webp[lossless]", SPACE_SRGB, FALSE},
    {".webp[lossless]", SPACE_ADOBE_RGB, FALSE},
    {".webp[lossless]", SPACE_P3, FALSE},
    {".avif[lossless,effort=0]", SPACE_SRGB, FALSE},
    {".avif[lossless,effort=0]", SPACE_P3, FALSE},
    {".avif[lossless,effort=0,bitdepth=12]", SPACE_SRGB, TRUE},
    {".avif[lossless,effort=0,bitdepth=12]", SPACE_P3, TRUE},
    {".heic[lossless]", SPACE_P3, FALSE},
    {".heic[lossless,bitdepth=10]", SPACE_P3, TRUE},
};

static VipsImage *alpha_band(void)
{
    VipsImage *parts[N_PATCHES];
    VipsImage *image = NULL;

    for (int i = 0; i < N_PATCHES; i++) {
        const double value = patch_alphas[i];

        parts[i] = sample_plain(SIDE / 2, SIDE / 2, &value, 1);
    }
    cr_assert_eq(vips_arrayjoin(parts, &image, N_PATCHES, "across", 2, NULL), 0);
    for (int i = 0; i < N_PATCHES; i++)
        g_object_unref(parts[i]);
    return image;
}

static GBytes *make_source(const Kind *kind)
{
    VipsImage *colours = patches_picture(kind->space, SIDE, SIDE);
    VipsImage *alpha = alpha_band();
    VipsImage *image = NULL;

    cr_assert_eq(vips_bandjoin2(colours, alpha, &image, NULL), 0);
    image->Type = colours->Type;
    g_object_unref(colours);
    g_object_unref(alpha);
    return sample_save(kind->is_deep ? sample_16_bits(image) : image, kind->suffix);
}

/* The picture in sRGB, converted with its own profile. */
static VipsImage *as_srgb(const Rendition *rendition)
{
    VipsImage *image = sample_decode(rendition);
    VipsImage *out = NULL;

    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0)
        return image;
    cr_assert_eq(vips_icc_transform(image, &out, "srgb", "embedded", TRUE, "depth", 8, NULL), 0);
    g_object_unref(image);
    return out;
}

static void check(const Kind *kind, const Rendition *rendition, const Recipe *recipe)
{
    VipsImage *lazy = as_srgb(rendition);
    VipsImage *image = vips_image_copy_memory(lazy);
    const int side = (int)recipe->width;

    cr_assert_not_null(image);
    for (int patch = 0; patch < N_PATCHES; patch++) {
        const int x = patch % 2 == 0 ? side / 4 : side * 3 / 4;
        const int y = patch / 2 == 0 ? side / 4 : side * 3 / 4;
        const Pixel found = sample_area(image, x, y, 3);
        const Pixel expected = patches_expected(kind->space, patch);
        const double difference = patch_alphas[patch] > 0 ? pixel_delta_e(found, expected) : 0.0;

        cr_expect(ABS(found.alpha - patch_alphas[patch]) <= 2 && difference <= 2.0,
                  "%s, space %d, deep %d, to profile %d, linear %d, side %d, patch %d: "
                  "%d %d %d %d, not %d %d %d %d (delta E %.1f)",
                  kind->suffix, kind->space, kind->is_deep, recipe->profile, recipe->linear, side, patch,
                  found.red, found.green, found.blue, found.alpha, expected.red, expected.green,
                  expected.blue, patch_alphas[patch], difference);
    }
    g_object_unref(image);
    g_object_unref(lazy);
}

static const guint32 sides[] = {SIDE, SIDE / 2};
static const Profile profiles[] = {PROFILE_SRGB, PROFILE_P3, PROFILE_KEEP};

#define N_RECIPES (G_N_ELEMENTS(sides) * G_N_ELEMENTS(profiles) * 2)

static Recipe recipe_of(guint number)
{
    return (Recipe){.width = sides[number % 2],
                    .height = sides[number % 2],
                    .linear = number / 2 % 2 != 0,
                    .profile = profiles[number / 4],
                    .format = FORMAT_PNG,
                    .quality = 95,
                    .effort = 1};
}

static void check_kinds(const char *suffix)
{
    Recipe recipes[N_RECIPES];

    for (guint i = 0; i < N_RECIPES; i++)
        recipes[i] = recipe_of(i);
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(GBytes) source = NULL;
        g_autoptr(RenderResult) result = NULL;
        g_autoptr(GError) error = NULL;

        if (!g_str_has_prefix(kinds[k].suffix, suffix))
            continue;
        source = make_source(&kinds[k]);
        result = sample_render_all(source, recipes, N_RECIPES, &error);
        cr_assert_not_null(result, "%s: %s", kinds[k].suffix, error != NULL ? error->message : "");
        for (guint i = 0; i < N_RECIPES; i++) {
            check(&kinds[k], g_ptr_array_index(result->renditions, i), &recipes[i]);
            if ((i + k) % 3 == 0) {
                g_autoptr(Rendition) alone = sample_render_recipe(source, &recipes[i], NULL);

                check(&kinds[k], alone, &recipes[i]);
            }
        }
    }
}

Test(alpha, from_png)
{
    check_kinds(".png");
}

Test(alpha, from_tiff)
{
    check_kinds(".tif");
}

Test(alpha, from_webp)
{
    check_kinds(".webp");
}

Test(alpha, from_avif_and_heic)
{
    check_kinds(".avif");
    check_kinds(".heic");
}

/* ENGINE_HEIF_BLOBS_DANGLE */
Test(alpha, regression_the_profile_of_heic_was_used_after_it_was_freed)
{
    static const Kind heif[] = {{".heic[lossless]", SPACE_P3, FALSE}, {".avif[lossless]", SPACE_P3, FALSE}};
    static const Recipe recipes[] = {
        {.width = SIDE, .height = SIDE, .profile = PROFILE_KEEP, .format = FORMAT_PNG, .quality = 95},
        {.width = 8, .height = 8, .profile = PROFILE_KEEP, .format = FORMAT_PNG, .quality = 95},
    };
    g_autoptr(GBytes) expected = patches_profile(SPACE_P3);

    for (guint i = 0; i < G_N_ELEMENTS(heif); i++) {
        g_autoptr(GBytes) source = make_source(&heif[i]);
        g_autoptr(RenderResult) result = sample_render_all(source, recipes, G_N_ELEMENTS(recipes), NULL);
        VipsImage *image;
        const void *profile = NULL;
        gsize size = 0;

        cr_assert_not_null(result);
        image = sample_decode(g_ptr_array_index(result->renditions, 0));
        cr_assert_eq(vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &size), 0);
        cr_expect_eq(size, g_bytes_get_size(expected));
        cr_expect_arr_eq(profile, g_bytes_get_data(expected, NULL), MIN(size, g_bytes_get_size(expected)));
        g_object_unref(image);
    }
}

/* Over a background, a half-transparent patch has half of its colour. */
Test(alpha, of_16_bits_is_laid_over_a_background)
{
    static const Kind deep = {".png", SPACE_P3, TRUE};
    g_autoptr(GBytes) source = make_source(&deep);
    g_autoptr(Rendition) rendition = sample_render(source, FIT_INSIDE, SIDE, SIDE, FORMAT_JPEG, NULL);
    const Pixel expected = patches_expected(SPACE_P3, 2);

    cr_assert_not_null(rendition);
    cr_expect(pixel_is_near(sample_pixel(rendition, 5, 5), 255, 255, 255, 2));
    cr_expect(pixel_is_near(sample_pixel(rendition, SIDE / 4, SIDE * 3 / 4), (expected.red + 255) / 2,
                            (expected.green + 255) / 2, (expected.blue + 255) / 2, 4));
}
