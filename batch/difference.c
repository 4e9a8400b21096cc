#include "batch/difference.h"

#include <string.h>

#include "base/quote.h"
#include "config/pair_list.h"
#include "config/recipe_hash.h"

typedef struct {
    const char *name;
    gsize counter;
} Kind;

/* clang-format off */
#define KIND(name, counter) {name, offsetof(RunReport, verify.counter)}
/* clang-format on */

static const Kind kinds[] = {
    [DIFFERENCE_NONE] = KIND("none", right),
    [DIFFERENCE_MISSING] = KIND("missing", missing),
    [DIFFERENCE_OLDER] = KIND("older", older),
    [DIFFERENCE_OTHER_RECIPE] = KIND("other-recipe", other_recipe),
    [DIFFERENCE_OTHER_SOURCE] = KIND("other-source", other_source),
    [DIFFERENCE_EMPTY] = KIND("empty", empty),
    [DIFFERENCE_TYPE] = KIND("type", type),
    [DIFFERENCE_UNDECODABLE] = KIND("undecodable", undecodable),
    [DIFFERENCE_SIZE] = KIND("size", size),
    [DIFFERENCE_UNREACHABLE] = KIND("unreachable", unreachable),
};

const char *difference_name(Difference difference)
{
    return kinds[difference].name;
}

guint64 *difference_counter(RunReport *report, Difference difference)
{
    return (guint64 *)(void *)((char *)report + kinds[difference].counter);
}

guint64 difference_count_mendable(const RunReport *report)
{
    return report->verify.missing + report->verify.older + report->verify.other_recipe +
           report->verify.other_source + report->verify.empty + report->verify.type +
           report->verify.undecodable + report->verify.size;
}

guint64 difference_count(const RunReport *report)
{
    return difference_count_mendable(report) + report->verify.unreachable;
}

/* The value of the provenance with this name, or NULL. */
static const char *provenance(const StoredOutput *stored, const char *name)
{
    g_autofree char *start = g_strconcat(CONFIG_PROVENANCE_PREFIX, name, ": ", NULL);

    for (guint i = 0; stored->metadata != NULL && stored->metadata[i] != NULL; i++) {
        if (g_ascii_strncasecmp(stored->metadata[i], start, strlen(start)) == 0)
            return stored->metadata[i] + strlen(start);
    }
    return NULL;
}

static char *other_than(const char *what, const char *found, const char *expected)
{
    g_autofree char *quoted = quote_key(found);

    return g_strdup_printf("%s %s, expected %s", what, quoted, expected);
}

/* Outputs of thumbmill 0.1 and before carry a hash of the limits, too. */
static char *compare_recipe(const Config *config, guint number, const char *found)
{
    g_autofree char *present = recipe_hash_of_bytes(&config_output(config, number)->recipe, &config->limits);
    g_autofree char *former = recipe_hash(config, number);

    if (found == NULL || strcmp(found, present) == 0 || strcmp(found, former) == 0)
        return NULL;
    return other_than("recipe", found, present);
}

static char *compare_source(const Config *config, const UploadSource *source, const StoredOutput *stored)
{
    const char *etag = provenance(stored, "source-etag");
    const char *found = provenance(stored, "source");
    g_autofree char *mark = NULL;

    if (source->etag == NULL)
        return NULL;
    if (etag != NULL && strcmp(etag, source->etag) != 0)
        return other_than("original with ETag", etag, source->etag);
    mark = upload_source_mark(config, source->key, source->etag);
    if (found != NULL && strcmp(found, mark) != 0)
        return other_than("original", found, mark);
    return NULL;
}

static gboolean is_type(const char *found, const char *type)
{
    const gsize length = strlen(type);

    return g_ascii_strncasecmp(found, type, length) == 0 && strchr("; ", found[length]) != NULL;
}

static char *compare_type(const OutputConfig *output, const char *found)
{
    const char *expected = format_info(output->recipe.format)->content_type;

    if (found == NULL || (expected != NULL && is_type(found, expected)))
        return NULL;
    if (expected != NULL)
        return other_than("Content-Type", found, expected);
    for (guint i = 0; i <= FORMAT_LAST; i++) {
        const FormatInfo *format = format_info((ImageFormat)i);

        if (format->can_encode && format->content_type != NULL && is_type(found, format->content_type))
            return NULL;
    }
    return other_than("Content-Type", found, "that of an image");
}

Difference difference_of(const Config *config, guint number, const UploadSource *source,
                         const StoredOutput *stored, gboolean *ret_is_foreign, char **ret_text)
{
    *ret_is_foreign = provenance(stored, "version") == NULL && provenance(stored, "recipe") == NULL;
    *ret_text = NULL;
    if (stored->size_bytes == 0) {
        *ret_text = g_strdup("0 bytes");
        return DIFFERENCE_EMPTY;
    }
    *ret_text = compare_type(config_output(config, number), stored->content_type);
    if (*ret_text != NULL)
        return DIFFERENCE_TYPE;
    *ret_text = compare_recipe(config, number, provenance(stored, "recipe"));
    if (*ret_text != NULL)
        return DIFFERENCE_OTHER_RECIPE;
    *ret_text = compare_source(config, source, stored);
    return *ret_text != NULL ? DIFFERENCE_OTHER_SOURCE : DIFFERENCE_NONE;
}
