#include "imaging/planning/explanation.h"

#include "base/error.h"
#include "base/size_text.h"

/* Conversion to and from a message */

#define EXPLANATION_BASE_TYPE   "(buu(uu)bu)"
#define EXPLANATION_OUTPUT_TYPE "(ub(uu)(uu)uuuubui)"
#define EXPLANATION_TYPE        "(utuu(uu)(uu)ta" EXPLANATION_BASE_TYPE "a" EXPLANATION_OUTPUT_TYPE ")"

static GVariant *bases_to_variant(const Plan *plan)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a" EXPLANATION_BASE_TYPE));
    for (guint i = 0; i < plan->n_bases; i++) {
        const PlanBase *base = &plan->bases[i];

        g_variant_builder_add(&builder, EXPLANATION_BASE_TYPE, base->key.linear, (guint32)base->key.profile,
                              base->key.frames, base->size.width, base->size.height, base->is_flat,
                              base->background);
    }
    return g_variant_builder_end(&builder);
}

static GVariant *outputs_to_variant(const Plan *plan)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a" EXPLANATION_OUTPUT_TYPE));
    for (guint i = 0; i < plan->n_outputs; i++) {
        const PlanOutput *o = &plan->outputs[i];

        g_variant_builder_add(&builder, EXPLANATION_OUTPUT_TYPE, (guint32)o->format, o->is_refused,
                              o->scaled.width, o->scaled.height, o->size.width, o->size.height, o->left,
                              o->top, o->pad_left, o->pad_top, o->is_crop_open, o->base, o->parent);
    }
    return g_variant_builder_end(&builder);
}

GVariant *explanation_to_variant(const Explanation *e)
{
    return g_variant_new(
        EXPLANATION_VARIANT_TYPE,
        g_variant_new("(utuu(uu)(uu)t@a" EXPLANATION_BASE_TYPE "@a" EXPLANATION_OUTPUT_TYPE ")",
                      (guint32)e->format, e->size_bytes, e->orientation, e->frames, e->stored.width,
                      e->stored.height, e->loaded.width, e->loaded.height, e->memory_bytes,
                      bases_to_variant(&e->plan), outputs_to_variant(&e->plan)));
}

static gboolean read_bases(GVariant *list, Plan *plan)
{
    const gsize n = g_variant_n_children(list);

    if (n > LIMIT_OUTPUTS)
        return FALSE;
    for (plan->n_bases = 0; plan->n_bases < n; plan->n_bases++) {
        PlanBase *base = &plan->bases[plan->n_bases];
        guint32 profile;

        g_variant_get_child(list, plan->n_bases, EXPLANATION_BASE_TYPE, &base->key.linear, &profile,
                            &base->key.frames, &base->size.width, &base->size.height, &base->is_flat,
                            &base->background);
        if (profile > PROFILE_LAST)
            return FALSE;
        base->key.profile = (Profile)profile;
    }
    return TRUE;
}

/* A parent must be larger than its child, so that a chain of parents cannot form a loop. */
static gboolean is_legal_parent(const Plan *plan, const PlanOutput *child)
{
    const PlanOutput *parent;

    if (child->parent == PLAN_BASE)
        return TRUE;
    if (child->parent < 0 || child->parent >= (int)plan->n_outputs || child->is_refused)
        return FALSE;
    parent = &plan->outputs[child->parent];
    return !parent->is_refused && parent->base == child->base && parent->scaled.width > child->scaled.width;
}

static gboolean read_outputs(GVariant *list, guint n_outputs, Plan *plan)
{
    if (g_variant_n_children(list) != n_outputs || n_outputs > LIMIT_OUTPUTS)
        return FALSE;
    plan->n_outputs = n_outputs;
    for (guint i = 0; i < n_outputs; i++) {
        PlanOutput *o = &plan->outputs[i];
        guint32 format;

        g_variant_get_child(list, i, EXPLANATION_OUTPUT_TYPE, &format, &o->is_refused, &o->scaled.width,
                            &o->scaled.height, &o->size.width, &o->size.height, &o->left, &o->top,
                            &o->pad_left, &o->pad_top, &o->is_crop_open, &o->base, &o->parent);
        if (format >= FORMAT_SOURCE || (!o->is_refused && o->base >= plan->n_bases))
            return FALSE;
        o->format = (ImageFormat)format;
    }
    for (guint i = 0; i < n_outputs; i++) {
        if (!is_legal_parent(plan, &plan->outputs[i]))
            return FALSE;
    }
    return TRUE;
}

gboolean explanation_from_variant(GVariant *variant, guint n_outputs, Explanation *ret_explanation,
                                  GError **error)
{
    g_autoptr(GVariant) fields = NULL;
    g_autoptr(GVariant) bases = NULL;
    g_autoptr(GVariant) outputs = NULL;
    Explanation e = {0};
    guint32 format;

    if (g_variant_is_of_type(variant, G_VARIANT_TYPE(EXPLANATION_VARIANT_TYPE)))
        g_variant_get(variant, EXPLANATION_VARIANT_TYPE, &fields);
    if (fields == NULL || !g_variant_is_of_type(fields, G_VARIANT_TYPE(EXPLANATION_TYPE))) {
        error_set(error, ERROR_INTERNAL, "an explanation with the type %s",
                  g_variant_get_type_string(fields != NULL ? fields : variant));
        return FALSE;
    }
    g_variant_get(fields, "(utuu(uu)(uu)t@a" EXPLANATION_BASE_TYPE "@a" EXPLANATION_OUTPUT_TYPE ")", &format,
                  &e.size_bytes, &e.orientation, &e.frames, &e.stored.width, &e.stored.height,
                  &e.loaded.width, &e.loaded.height, &e.memory_bytes, &bases, &outputs);
    if (format >= FORMAT_SOURCE || !read_bases(bases, &e.plan) ||
        !read_outputs(outputs, n_outputs, &e.plan)) {
        error_set(error, ERROR_INTERNAL, "an explanation that contradicts itself");
        return FALSE;
    }
    e.format = (ImageFormat)format;
    *ret_explanation = e;
    return TRUE;
}

/* Conversion to text */

static gboolean size_equal(PlanSize a, PlanSize b)
{
    return a.width == b.width && a.height == b.height;
}

PlanSize explanation_upright(const Explanation *e)
{
    return e->orientation >= 5 ? (PlanSize){e->stored.height, e->stored.width} : e->stored;
}

static void append_source(GString *out, const Explanation *e, const char *title)
{
    g_autofree char *size = size_text(e->size_bytes);
    g_autofree char *memory = size_text(e->memory_bytes);
    const PlanSize turned = explanation_upright(e);

    g_string_append_printf(out, "%s: %s, %u x %u, %s", title, format_info(e->format)->name, e->stored.width,
                           e->stored.height, size);
    if (e->frames > 1)
        g_string_append_printf(out, ", %u %s", e->frames,
                               format_has_option(e->format, OPTION_FRAMES) ? "frames" : "pages");
    if (e->orientation != 1)
        g_string_append_printf(out, ", orientation %u (upright: %u x %u)", e->orientation, turned.width,
                               turned.height);
    if (size_equal(e->loaded, turned))
        g_string_append(out, "\nloaded at full size");
    else
        g_string_append_printf(out, "\nloaded at 1/%.3g of each side: %u x %u",
                               (double)turned.width / MAX(e->loaded.width, 1), e->loaded.width,
                               e->loaded.height);
    g_string_append_printf(out, ", using up to %s of memory\n", memory);
}

static void append_base(GString *out, const PlanBase *base)
{
    static const char *const profiles[] = {
        [PROFILE_SRGB] = "sRGB", [PROFILE_KEEP] = "the source's profile", [PROFILE_P3] = "Display P3"};

    g_string_append_printf(out, "  base: %u x %u, %s", base->size.width, base->size.height,
                           profiles[base->key.profile]);
    if (base->key.linear)
        g_string_append(out, ", in linear light");
    if (base->key.frames > 1)
        g_string_append_printf(out, ", %u frames", base->key.frames);
    if (base->is_flat)
        g_string_append_printf(out, ", on #%06x", base->background);
    g_string_append_c(out, '\n');
}

static void append_output(GString *out, const PlanOutput *output, const char *name, guint depth)
{
    g_string_append_printf(out, "%*s%s: %u x %u %s", (int)(2 * depth), "", name, output->size.width,
                           output->size.height, format_info(output->format)->name);
    if (plan_output_is_cropped(output)) {
        g_string_append_printf(out, ", cropped from %u x %u", output->scaled.width, output->scaled.height);
        if (output->is_crop_open)
            g_string_append(out, " by content");
        else
            g_string_append_printf(out, " at %u, %u", output->left, output->top);
    }
    if (plan_output_is_padded(output))
        g_string_append_printf(out, ", around %u x %u at %u, %u", output->scaled.width, output->scaled.height,
                               output->pad_left, output->pad_top);
    g_string_append_c(out, '\n');
}

/* Depth first: each output is listed below the one that it is made from. Parents are larger than their
 * children, so the recursion ends. */
static void append_children(GString *out, const Plan *plan, guint base, int parent, guint depth,
                            const char *const *names)
{
    for (guint i = 0; i < plan->n_outputs; i++) {
        const PlanOutput *output = &plan->outputs[i];

        if (output->is_refused || output->base != base || output->parent != parent)
            continue;
        append_output(out, output, names[i], depth);
        append_children(out, plan, base, (int)i, depth + 1, names);
    }
}

static void append_refused(GString *out, const Plan *plan, const char *const *names)
{
    for (guint i = 0; i < plan->n_outputs; i++)
        if (plan->outputs[i].is_refused)
            g_string_append_printf(out, "  %s: cannot be made: too large\n", names[i]);
}

char *explanation_text(const Explanation *explanation, const char *title, const char *const *names)
{
    GString *out = g_string_new(NULL);

    append_source(out, explanation, title);
    for (guint i = 0; i < explanation->plan.n_bases; i++) {
        append_base(out, &explanation->plan.bases[i]);
        append_children(out, &explanation->plan, i, PLAN_BASE, 2, names);
    }
    append_refused(out, &explanation->plan, names);
    return g_string_free(out, FALSE);
}
