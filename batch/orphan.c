#include "batch/orphan.h"

#include <string.h>

static gboolean tells_of_source(const OutputConfig *output, const KeyTemplateValues *values)
{
    g_auto(KeyTemplateShape) shape = {0};

    return key_template_shape(output->key, values, &shape);
}

char *orphan_source_start(const Config *config, const char *output_key)
{
    g_autofree char *found = NULL;
    guint fits = 0;

    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        const KeyTemplateValues values = output_config_values(output);
        g_autofree char *start = NULL;

        if (!key_template_fits(output->key, &values, output_key, &start))
            continue;
        fits++;
        if (found == NULL && tells_of_source(output, &values))
            found = g_steal_pointer(&start);
    }
    return fits == 1 ? g_steal_pointer(&found) : NULL;
}

gboolean orphan_is_claimed(const Config *config, const char *source_key, const char *output_key)
{
    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        const KeyTemplateValues values = output_config_values(output);
        g_autofree char *key = key_template_expand(output->key, &values, source_key);

        if (output_config_takes(output, source_key) && strcmp(key, output_key) == 0)
            return TRUE;
    }
    return FALSE;
}

static char *objection_of_source(const OrphanScene *scene, const DeletionLimit *limit)
{
    const guint64 before = scene->originals_last;
    const guint64 gone = before > scene->originals ? before - scene->originals : 0;

    if (gone > deletion_limit_of(limit, before))
        return g_strdup_printf("the source has %" G_GUINT64_FORMAT " objects, and %" G_GUINT64_FORMAT
                               " in the last run: more are gone than max_delete allows",
                               scene->originals, before);
    return NULL;
}

char *orphan_objection(const OrphanScene *scene, const DeletionLimit *limit)
{
    const guint64 allowed = deletion_limit_of(limit, scene->outputs + scene->orphans);

    if (!scene->is_complete)
        return g_strdup("source or destination could not be listed completely");
    if (scene->originals == 0)
        return g_strdup(scene->is_part ? "no original begins with the prefix" : "the source is empty");
    if (scene->orphans > allowed)
        return g_strdup_printf("%" G_GUINT64_FORMAT " orphans are more than the %" G_GUINT64_FORMAT
                               " that max_delete allows",
                               scene->orphans, allowed);
    return objection_of_source(scene, limit);
}
