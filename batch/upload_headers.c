#include "batch/upload_headers.h"

#include <string.h>

/* Longer ETags are of no server that is known; they are left out, so that everything together stays below
 * CONFIG_MAX_PROVENANCE_BYTES. */
#define MAX_ETAG_BYTES 128u

static void add(GPtrArray *lines, const char *name, const char *value)
{
    g_ptr_array_add(lines, g_strconcat(name, ": ", value, NULL));
}

/* S3's form: that of a query. */
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

/* Fit for a header that is signed: S3 folds spaces, and takes ASCII only as it is. */
static gboolean is_plain(const char *value, gsize max_bytes)
{
    gsize length = 0;

    while (g_ascii_isgraph(value[length]))
        length++;
    return length > 0 && length <= max_bytes && value[length] == '\0';
}

static void add_provenance(const OutputConfig *output, const UploadSource *source, GPtrArray *lines)
{
    g_autofree char *hash = recipe_hash(&output->recipe);

    add(lines, CONFIG_PROVENANCE_PREFIX "version", THUMBMILL_VERSION);
    add(lines, CONFIG_PROVENANCE_PREFIX "recipe", hash);
    if (source->etag != NULL && is_plain(source->etag, MAX_ETAG_BYTES))
        add(lines, CONFIG_PROVENANCE_PREFIX "source-etag", source->etag);
}

GStrv upload_headers(const Config *config, const OutputConfig *output, const UploadSource *source)
{
    GPtrArray *lines = g_ptr_array_new();

    for (guint i = 0; i < output->headers->len; i++) {
        const PairConfig *header = output->headers->pdata[i];

        add(lines, header->name, header->value);
    }
    add_storage(output, lines);
    if (config->destination.provenance)
        add_provenance(output, source, lines);
    g_ptr_array_add(lines, NULL);
    return (GStrv)g_ptr_array_free(lines, FALSE);
}
