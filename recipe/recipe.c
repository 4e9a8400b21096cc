#include "recipe/recipe.h"

#include <string.h>

#include "base/error.h"

typedef struct {
    const char *name;
    gsize offset;
    guint32 max;
} RecipeField;

/* All 32-bit fields: their order when sent, and their limits. */
static const RecipeField fields[] = {
    {"width", offsetof(Recipe, width), RECIPE_MAX_SIDE},
    {"height", offsetof(Recipe, height), RECIPE_MAX_SIDE},
    {"fit", offsetof(Recipe, fit), FIT_LAST},
    {"enlarge", offsetof(Recipe, enlarge), TRUE},
    {"crop", offsetof(Recipe, crop), CROP_LAST},
    {"background", offsetof(Recipe, background), RECIPE_WHITE},
    {"format", offsetof(Recipe, format), FORMAT_LAST},
    {"quality", offsetof(Recipe, quality), 100},
    {"effort", offsetof(Recipe, effort), RECIPE_MAX_EFFORT},
    {"lossless", offsetof(Recipe, lossless), TRUE},
    {"progressive", offsetof(Recipe, progressive), TRUE},
    {"subsampling", offsetof(Recipe, subsampling), SUBSAMPLING_LAST},
    {"palette", offsetof(Recipe, palette), TRUE},
    {"profile", offsetof(Recipe, profile), PROFILE_LAST},
    {"metadata", offsetof(Recipe, metadata), METADATA_LAST},
    {"linear", offsetof(Recipe, linear), TRUE},
    {"sharpen", offsetof(Recipe, sharpen), RECIPE_MAX_SHARPEN},
    {"frames", offsetof(Recipe, max_frames), RECIPE_MAX_FRAMES},
    /* New fields come last, with a default of 0. */
    {"encoder", offsetof(Recipe, encoder), ENCODER_LAST},
};

/* The number of fields in the first release. */
#define FIRST_FIELDS 18u

G_STATIC_ASSERT(sizeof(gboolean) == sizeof(guint32) && sizeof(Fit) == sizeof(guint32));

/* Serialises at least this many fields, and all up to the last one that is not 0. */
static GVariant *to_variant(const Recipe *recipe, guint least)
{
    guint32 values[G_N_ELEMENTS(fields)];
    guint n = G_N_ELEMENTS(fields);

    for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
        memcpy(&values[i], (const char *)recipe + fields[i].offset, sizeof values[i]);
    while (n > least && values[n - 1] == 0)
        n--;
    return g_variant_new("(@aut)",
                         g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, values, n, sizeof *values),
                         recipe->max_bytes);
}

GVariant *recipe_to_variant(const Recipe *recipe)
{
    return to_variant(recipe, G_N_ELEMENTS(fields));
}

GVariant *recipe_to_identity(const Recipe *recipe)
{
    return to_variant(recipe, FIRST_FIELDS);
}

static gboolean recipe_check(const Recipe *recipe, GError **error)
{
    if (recipe->width == 0 && recipe->height == 0) {
        error_set(error, ERROR_INTERNAL, "recipe without a size");
        return FALSE;
    }
    if (!format_info(recipe->format)->can_encode) {
        error_set(error, ERROR_INTERNAL, "recipe with a format that cannot be encoded");
        return FALSE;
    }
    return TRUE;
}

gboolean recipe_from_variant(GVariant *variant, Recipe *ret_recipe, GError **error)
{
    g_autoptr(GVariant) list = NULL;
    const guint32 *values;
    Recipe recipe = {0};
    gsize n;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(RECIPE_VARIANT_TYPE))) {
        error_set(error, ERROR_INTERNAL, "recipe of type %s", g_variant_get_type_string(variant));
        return FALSE;
    }
    g_variant_get(variant, "(@aut)", &list, &recipe.max_bytes);
    values = g_variant_get_fixed_array(list, &n, sizeof *values);
    if (n != G_N_ELEMENTS(fields)) {
        error_set(error, ERROR_INTERNAL, "recipe of %" G_GSIZE_FORMAT " fields", n);
        return FALSE;
    }
    for (guint i = 0; i < n; i++) {
        if (values[i] > fields[i].max) {
            error_set(error, ERROR_INTERNAL, "recipe whose %s is out of range", fields[i].name);
            return FALSE;
        }
        memcpy((char *)&recipe + fields[i].offset, &values[i], sizeof values[i]);
    }
    if (!recipe_check(&recipe, error))
        return FALSE;
    *ret_recipe = recipe;
    return TRUE;
}

guint32 recipe_quality(const Recipe *recipe, ImageFormat format)
{
    if (!format_has_option(format, OPTION_QUALITY))
        return 0;
    return recipe->quality != 0 ? recipe->quality : format_info(format)->quality;
}

gboolean recipe_allows_size(const Recipe *recipe, ImageFormat format, guint32 width, guint32 height)
{
    const guint32 max_side = format_info(format)->max_side;
    const guint32 box_width = recipe->width != 0 ? recipe->width : max_side;
    const guint32 box_height = recipe->height != 0 ? recipe->height : max_side;

    if (width < 1 || height < 1 || width > max_side || height > max_side)
        return FALSE;
    if (recipe->fit == FIT_OUTSIDE && recipe->width != 0 && recipe->height != 0)
        return TRUE;
    if (recipe->fit == FIT_CONTAIN && recipe->width != 0 && recipe->height != 0)
        return width == box_width && height == box_height;
    return width <= box_width && height <= box_height;
}

gboolean recipe_allows_format(const Recipe *recipe, guint32 format)
{
    return format < FORMAT_SOURCE && format_info((ImageFormat)format)->can_encode &&
           (recipe->format == FORMAT_SOURCE || recipe->format == (ImageFormat)format);
}

/* Names */

const char *recipe_fit_name(Fit fit)
{
    static const char *const names[] = {
        [FIT_INSIDE] = "inside",   [FIT_OUTSIDE] = "outside", [FIT_COVER] = "cover",
        [FIT_CONTAIN] = "contain", [FIT_FILL] = "fill",
    };

    return names[fit];
}

const char *recipe_crop_name(Crop crop)
{
    static const char *const names[] = {
        [CROP_CENTRE] = "centre",         [CROP_NORTH] = "north",
        [CROP_NORTH_EAST] = "north-east", [CROP_EAST] = "east",
        [CROP_SOUTH_EAST] = "south-east", [CROP_SOUTH] = "south",
        [CROP_SOUTH_WEST] = "south-west", [CROP_WEST] = "west",
        [CROP_NORTH_WEST] = "north-west", [CROP_ATTENTION] = "attention",
        [CROP_ENTROPY] = "entropy",
    };

    return names[crop];
}

const char *recipe_profile_name(Profile profile)
{
    static const char *const names[] = {
        [PROFILE_SRGB] = "srgb", [PROFILE_KEEP] = "keep", [PROFILE_P3] = "p3"};

    return names[profile];
}

const char *recipe_metadata_name(Metadata metadata)
{
    static const char *const names[] = {
        [METADATA_STRIP] = "strip", [METADATA_KEEP] = "keep", [METADATA_COPYRIGHT] = "copyright"};

    return names[metadata];
}

const char *recipe_encoder_name(Encoder encoder)
{
    static const char *const names[] = {
        [ENCODER_AUTO] = "auto", [ENCODER_AOM] = "aom", [ENCODER_SVT] = "svt"};

    return names[encoder];
}

const char *recipe_subsampling_name(Subsampling subsampling)
{
    static const char *const names[] = {
        [SUBSAMPLING_AUTO] = "auto", [SUBSAMPLING_420] = "4:2:0", [SUBSAMPLING_444] = "4:4:4"};

    return names[subsampling];
}
