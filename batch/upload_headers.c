#include "batch/upload_headers.h"

#include <string.h>

#include "base/error.h"
#include "config/pair_list.h"
#include "config/pattern.h"
#include "config/recipe_hash.h"

/* No known server has longer ETags or version ids. Longer ones are left out, so that everything together
 * stays below CONFIG_MAX_PROVENANCE_BYTES. */
#define MAX_ID_BYTES 128u

/* With so many digits one output in 4 * 10^9 wrongly counts as up to date; they are too few to identify an
 * original. */
#define MARK_DIGITS     8u

#define METADATA_PREFIX "x-amz-meta-"

static void add(GPtrArray *lines, const char *name, const char *value)
{
    g_ptr_array_add(lines, g_strconcat(name, ": ", value, NULL));
}

/* S3's format of tags, which is that of a URL's query. */
static char *format_tags(const GPtrArray *tags)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < tags->len; i++) {
        const PairConfig *tag = tags->pdata[i];
        g_autofree char *name = g_uri_escape_string(tag->name, NULL, FALSE);
        g_autofree char *value = g_uri_escape_string(tag->value, NULL, FALSE);

        g_string_append_printf(text, "%s%s=%s", i > 0 ? "&" : "", name, value);
    }
    return g_string_free(text, FALSE);
}

static void add_storage(const OutputConfig *output, GPtrArray *lines)
{
    if (output->acl != CONFIG_ACL_NONE)
        add(lines, "x-amz-acl", config_acl_name(output->acl));
    if (output->storage_class != NULL)
        add(lines, "x-amz-storage-class", output->storage_class);
    if (output->encryption != CONFIG_ENCRYPTION_NONE)
        add(lines, "x-amz-server-side-encryption", config_encryption_name(output->encryption));
    if (output->kms_key != NULL)
        add(lines, "x-amz-server-side-encryption-aws-kms-key-id", output->kms_key);
    if (output->tags->len > 0) {
        g_autofree char *tags = format_tags(output->tags);

        add(lines, "x-amz-tagging", tags);
    }
}

/* Whether value can be sent in a signed header unchanged: S3 folds spaces, and accepts plain ASCII only. */
static gboolean is_plain(const char *value)
{
    for (const char *p = value; *p != '\0'; p++) {
        if (!g_ascii_isprint(*p))
            return FALSE;
    }
    return *value != '\0' && *value != ' ' && !g_str_has_suffix(value, " ") && strstr(value, "  ") == NULL;
}

static gboolean is_wanted(const OutputConfig *output, const char *name)
{
    if (g_str_has_prefix(name, CONFIG_PROVENANCE_PREFIX) || pair_list_find(output->headers, name) != NULL)
        return FALSE;
    for (guint i = 0; output->copy_metadata[i] != NULL; i++) {
        if (pattern_matches(output->copy_metadata[i], name + strlen(METADATA_PREFIX)))
            return TRUE;
    }
    return FALSE;
}

static void add_copies(const OutputConfig *output, const UploadSource *source, GPtrArray *lines)
{
    for (guint i = 0; source->metadata != NULL && source->metadata[i] != NULL; i++) {
        const char *value = strstr(source->metadata[i], ": ");
        g_autofree char *name = NULL;

        if (!g_str_has_prefix(source->metadata[i], METADATA_PREFIX) || value == NULL)
            continue;
        name = g_strndup(source->metadata[i], (gsize)(value - source->metadata[i]));
        if (is_plain(value + 2) && is_wanted(output, name))
            add(lines, name, value + 2);
    }
}

static void add_id(GPtrArray *lines, const char *name, const char *id)
{
    if (id != NULL && strlen(id) <= MAX_ID_BYTES && is_plain(id))
        add(lines, name, id);
}

char *upload_source_mark(const Config *config, const char *key, const char *etag)
{
    g_autofree char *text = g_strconcat(config->source.url, key, "\n", etag, NULL);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    return g_strndup(hash, MARK_DIGITS);
}

static void add_provenance(const Config *config, guint number, const UploadSource *source, GPtrArray *lines)
{
    g_autofree char *hash = recipe_hash_of_bytes(&config_output(config, number)->recipe, &config->limits);

    add(lines, CONFIG_PROVENANCE_PREFIX "version", THUMBMILL_VERSION);
    add(lines, CONFIG_PROVENANCE_PREFIX "recipe", hash);
    if (config->destination.provenance == CONFIG_PROVENANCE_FULL) {
        add_id(lines, CONFIG_PROVENANCE_PREFIX "source-etag", source->etag);
        add_id(lines, CONFIG_PROVENANCE_PREFIX "source-version", source->version_id);
    } else if (source->key != NULL && source->etag != NULL) {
        g_autofree char *mark = upload_source_mark(config, source->key, source->etag);

        add(lines, CONFIG_PROVENANCE_PREFIX "source", mark);
    }
}

static gboolean check_room(const GPtrArray *lines, GError **error)
{
    gsize total = 0;

    for (guint i = 0; i < lines->len; i++) {
        const char *line = lines->pdata[i];

        if (g_str_has_prefix(line, METADATA_PREFIX))
            total += strlen(line) - strlen(": ");
    }
    if (total <= CONFIG_MAX_HEADER_BYTES)
        return TRUE;
    error_set(error, ERROR_LIMIT,
              "with the original's metadata an output would have %" G_GSIZE_FORMAT
              " bytes of metadata, more than %u",
              total, CONFIG_MAX_HEADER_BYTES);
    return FALSE;
}

GStrv upload_headers(const Config *config, guint number, const UploadSource *source, GError **error)
{
    const OutputConfig *output = config_output(config, number);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < output->headers->len; i++) {
        const PairConfig *header = output->headers->pdata[i];

        add(lines, header->name, header->value);
    }
    add_storage(output, lines);
    add_copies(output, source, lines);
    if (config->destination.provenance != CONFIG_PROVENANCE_NONE)
        add_provenance(config, number, source, lines);
    if (!check_room(lines, error))
        return NULL;
    g_ptr_array_add(lines, NULL);
    return (GStrv)g_ptr_array_steal(lines, NULL);
}
