#include "config/output_check.h"

#include <string.h>

#include "config/pair_list.h"

/* Keys of 32 bits with default 0 that only some formats support. */
static const struct {
    const char *name;
    gsize offset; /* in a Recipe */
    FormatOption option;
} tied[] = {
    {"quality", offsetof(Recipe, quality), OPTION_QUALITY},
    {"effort", offsetof(Recipe, effort), OPTION_EFFORT},
    {"lossless", offsetof(Recipe, lossless), OPTION_LOSSLESS},
    {"progressive", offsetof(Recipe, progressive), OPTION_PROGRESSIVE},
    {"subsampling", offsetof(Recipe, subsampling), OPTION_SUBSAMPLING},
    {"palette", offsetof(Recipe, palette), OPTION_PALETTE},
    {"frames", offsetof(Recipe, max_frames), OPTION_FRAMES},
    {"profile", offsetof(Recipe, profile), OPTION_METADATA},
    {"metadata", offsetof(Recipe, metadata), OPTION_METADATA},
    {"encoder", offsetof(Recipe, encoder), OPTION_ENCODER},
};

/* Lists the formats, such as "jpeg, webp, avif". Owned by the caller. */
static char *formats_with(FormatOption option)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (ImageFormat format = FORMAT_JPEG; format <= FORMAT_LAST; format++) {
        if (format != FORMAT_SOURCE && format_has_option(format, option))
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", format_info(format)->name);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void check_format(const Recipe *recipe, Problems *problems)
{
    for (guint i = 0; i < G_N_ELEMENTS(tied); i++) {
        const void *field = (const char *)recipe + tied[i].offset;
        g_autofree char *able = NULL;
        guint32 value;

        memcpy(&value, field, sizeof value);
        if (value == 0 || format_has_option(recipe->format, tied[i].option))
            continue;
        able = formats_with(tied[i].option);
        problems_add_field(problems, field, "%s: has no effect for %s, only for %s", tied[i].name,
                           format_info(recipe->format)->name, able);
    }
    if (recipe->max_bytes != 0 && !format_has_option(recipe->format, OPTION_QUALITY)) {
        g_autofree char *able = formats_with(OPTION_QUALITY);

        problems_add_field(problems, &recipe->max_bytes,
                           "max_bytes: is reached by lowering the quality, which %s does not have, only %s",
                           format_info(recipe->format)->name, able);
    }
}

static void check_lossless(const Recipe *recipe, Problems *problems)
{
    if (!recipe->lossless)
        return;
    if (recipe->quality != 0)
        problems_add_field(problems, &recipe->quality, "quality: cannot be combined with lossless");
    if (recipe->max_bytes != 0)
        problems_add_field(problems, &recipe->max_bytes,
                           "max_bytes: is reached by lowering the quality, which lossless does not allow");
    if (recipe->subsampling == SUBSAMPLING_420)
        problems_add_field(problems, &recipe->subsampling, "subsampling: 4:2:0 is not lossless");
}

/* SVT-AV1 supports 4:2:0 only, and no lossless coding; libheif would convert silently. */
static void check_encoder(const Recipe *recipe, Problems *problems)
{
    if (recipe->encoder != ENCODER_SVT)
        return;
    if (recipe->lossless)
        problems_add_field(problems, &recipe->encoder, "encoder: svt cannot encode lossless");
    if (recipe->subsampling == SUBSAMPLING_444)
        problems_add_field(problems, &recipe->encoder, "encoder: svt does not support subsampling 4:4:4");
}

static void check_geometry(const OutputConfig *output, Problems *problems)
{
    const Recipe *recipe = &output->recipe;
    const gboolean needs_both =
        recipe->fit == FIT_COVER || recipe->fit == FIT_CONTAIN || recipe->fit == FIT_FILL;

    if (recipe->width == 0 && recipe->height == 0)
        problems_add_field(problems, &output->name, "output '%s' needs a width, a height or both",
                           output->name);
    else if (needs_both && (recipe->width == 0 || recipe->height == 0))
        problems_add_field(problems, &recipe->fit, "fit: %s needs a width and a height",
                           recipe_fit_name(recipe->fit));
    if (recipe->crop != CROP_CENTRE && recipe->fit != FIT_COVER)
        problems_add_field(problems, &recipe->crop, "crop: has an effect with fit cover only, not %s",
                           recipe_fit_name(recipe->fit));
}

static void check_upload(const OutputConfig *output, gboolean provenance, Problems *problems)
{
    const gsize room = CONFIG_MAX_HEADER_BYTES - (provenance ? CONFIG_MAX_PROVENANCE_BYTES : 0);

    if (output->kms_key != NULL && output->encryption != CONFIG_ENCRYPTION_KMS &&
        output->encryption != CONFIG_ENCRYPTION_KMS_DSSE)
        problems_add_field(problems, &output->kms_key, "kms_key: needs encryption aws:kms, not %s",
                           config_encryption_name(output->encryption));
    if (pair_list_bytes(output->headers, "x-amz-meta-") > room)
        problems_add_field(problems, &output->headers,
                           "headers: more than %u bytes of x-amz-meta-*, which is what "
                           "destination.provenance leaves of the limit of %u",
                           (guint)room, CONFIG_MAX_HEADER_BYTES);
}

void output_check(const OutputConfig *output, gboolean provenance, Problems *problems)
{
    check_upload(output, provenance, problems);
    check_geometry(output, problems);
    check_format(&output->recipe, problems);
    check_lossless(&output->recipe, problems);
    check_encoder(&output->recipe, problems);
}
