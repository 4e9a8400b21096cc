#include "config/recipe_hash.h"

/* Digits kept of a SHA-256. A collision of these 64 bits costs one object that waits for the next change. */
#define DIGITS 16

/* The limits that decide an output, but not those that only affect the scheduling of its task. */
static GVariant *limits_of(const Config *config)
{
    const RenderLimits limits = config_render_limits(config);

    return g_variant_new("(ttutb)", limits.max_pixels, limits.max_output_bytes, limits.max_frames,
                         limits.max_memory_bytes, limits.accept_truncated);
}

static void add(GChecksum *checksum, const Config *config, guint i)
{
    const OutputConfig *output = config_output(config, i);
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new(
        "(@" RECIPE_VARIANT_TYPE "@(ttutb)ttx)", recipe_to_identity(&output->recipe), limits_of(config),
        config->limits.max_source_bytes, config->limits.memory_bytes, config->workers.task_timeout_ms));
    g_autofree char *text = g_variant_print(variant, TRUE); /* the binary form depends on the byte order */

    g_checksum_update(checksum, (const guchar *)text, -1);
}

static char *digits_of(GChecksum *checksum)
{
    return g_strndup(g_checksum_get_string(checksum), DIGITS);
}

char *recipe_hash(const Config *config, guint i)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    add(checksum, config, i);
    return digits_of(checksum);
}

char *recipe_hash_all(const Config *config)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    for (guint i = 0; i < config->outputs->len; i++)
        add(checksum, config, i);
    return digits_of(checksum);
}

/* The most frames of an animation that the output can have; 0 if its format holds none. */
static guint32 frames_of(const Recipe *recipe, const LimitsConfig *limits)
{
    if (!format_has_option(recipe->format, OPTION_FRAMES))
        return 0;
    return recipe->max_frames != 0 ? MIN(recipe->max_frames, limits->max_frames) : limits->max_frames;
}

char *recipe_hash_of_bytes(const Recipe *recipe, const LimitsConfig *limits)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GVariant) identity = NULL;
    g_autofree char *text = NULL;
    Recipe full = *recipe;

    if (full.format != FORMAT_SOURCE) /* whose quality depends on the original */
        full.quality = recipe_quality(recipe, recipe->format);
    full.max_frames = frames_of(recipe, limits);
    identity = g_variant_ref_sink(recipe_to_identity(&full));
    text = g_variant_print(identity, TRUE);
    g_checksum_update(checksum, (const guchar *)text, -1);
    return digits_of(checksum);
}
