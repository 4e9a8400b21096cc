#include "config/expansion.h"

#include <string.h>

#include "base/limits.h"
#include "config/schema.h"
#include "config/section_variant.h"

#define SCALE_BIT(scale) (1u << (scale))

/* Copies an output with the places of its fields. Each field can be serialised anyway, so that is how it is
 * copied. */
static OutputConfig *output_copy(const OutputConfig *output, Problems *problems)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(section_to_variant(&schema_output, output));
    OutputConfig *copy = g_new(OutputConfig, 1);
    gboolean ok;

    section_init(&schema_output, copy);
    ok = section_from_variant(&schema_output, variant, copy, NULL);
    g_assert(ok);
    problems_copy_places(problems, output, copy, sizeof *output);
    return copy;
}

static void scale_side(guint32 *side, guint scale, const char *name, Problems *problems)
{
    if (*side > RECIPE_MAX_SIDE / scale)
        problems_add_field(problems, side, "%s: %u times %u is more than %u", name, scale, *side,
                           RECIPE_MAX_SIDE);
    else
        *side *= scale;
}

static void output_scale(OutputConfig *output, guint scale, Problems *problems)
{
    char *name;

    output->scales = SCALE_BIT(1);
    if (scale == 1)
        return;
    name = g_strdup_printf("%s@%ux", output->name, scale);
    g_free(output->name);
    output->name = name;
    scale_side(&output->recipe.width, scale, "width", problems);
    scale_side(&output->recipe.height, scale, "height", problems);
}

/* The output itself becomes the last of its scales, so that no struct is freed whose place is recorded. */
static void expand_output(OutputConfig *output, GPtrArray *outputs, Problems *problems)
{
    if (output->scales != SCALE_BIT(1) && strchr(output->name, '@') != NULL) {
        problems_add_field(problems, &output->name, "name: '%s' already ends in a scale", output->name);
        output->scales = SCALE_BIT(1);
    }
    for (guint scale = 1; scale <= CONFIG_MAX_SCALE; scale++) {
        const guint32 rest = output->scales & ~(SCALE_BIT(scale + 1) - 1);
        OutputConfig *one = output;

        if ((output->scales & SCALE_BIT(scale)) == 0)
            continue;
        if (rest != 0)
            one = output_copy(output, problems);
        output_scale(one, scale, problems);
        g_ptr_array_add(outputs, one);
        if (rest == 0)
            return;
    }
}

void expansion_apply(Config *config, Problems *problems)
{
    GPtrArray *outputs = g_ptr_array_new();

    for (guint i = 0; i < config->outputs->len; i++)
        expand_output(config->outputs->pdata[i], outputs, problems);
    g_ptr_array_unref(config->outputs);
    config->outputs = outputs;
    if (outputs->len > LIMIT_OUTPUTS)
        problems_add_field(problems, &config->outputs, "outputs: %u including their scales, more than %u",
                           outputs->len, LIMIT_OUTPUTS);
}
