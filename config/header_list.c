#include "config/header_list.h"

#include <string.h>

#include "base/error.h"
#include "config/config.h"

static const char *const plain_names[] = {"Cache-Control", "Content-Disposition", "Content-Language",
                                          "Expires"};
static const char metadata_prefix[] = "x-amz-meta-";

static void header_free(void *data)
{
    HeaderConfig *header = data;

    g_free(header->name);
    g_free(header->value);
    g_free(header);
}

GPtrArray *header_list_new(void)
{
    return g_ptr_array_new_with_free_func(header_free);
}

/* NULL if the name is not allowed. */
static char *normal_name(const char *name)
{
    gsize prefix = strlen(metadata_prefix);

    for (guint i = 0; i < G_N_ELEMENTS(plain_names); i++) {
        if (g_ascii_strcasecmp(name, plain_names[i]) == 0)
            return g_strdup(plain_names[i]);
    }
    if (g_ascii_strncasecmp(name, metadata_prefix, prefix) != 0 || name[prefix] == '\0')
        return NULL;
    for (const char *p = name + prefix; *p != '\0'; p++) {
        if (!g_ascii_isalnum(*p) && strchr("-_.", *p) == NULL)
            return NULL;
    }
    return g_ascii_strdown(name, -1);
}

/* What would not survive a signature: S3 trims and folds the value's spaces before it signs. */
static gboolean is_legal_value(const char *value)
{
    gsize length = strlen(value);

    if (length == 0 || value[0] == ' ' || value[length - 1] == ' ' || strstr(value, "  ") != NULL)
        return FALSE;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isprint(value[i]))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_room(const GPtrArray *headers, const char *name, const char *value, GError **error)
{
    gsize total = strlen(name) + strlen(value);

    for (guint i = 0; i < headers->len; i++) {
        const HeaderConfig *header = headers->pdata[i];

        if (strcmp(header->name, name) == 0) {
            error_set(error, ERROR_CONFIG, "header '%s' is there already", name);
            return FALSE;
        }
        total += strlen(header->name) + strlen(header->value);
    }
    if (total > CONFIG_MAX_HEADER_BYTES) {
        error_set(error, ERROR_CONFIG, "the headers of one output have at most %u bytes in all",
                  CONFIG_MAX_HEADER_BYTES);
        return FALSE;
    }
    return TRUE;
}

gboolean header_list_add(GPtrArray *headers, const char *name, const char *value, GError **error)
{
    g_autofree char *normal = normal_name(name);
    HeaderConfig *header;

    if (normal == NULL) {
        error_set(error, ERROR_CONFIG,
                  "header not allowed (Cache-Control, Content-Disposition, Content-Language, Expires and "
                  "x-amz-meta-* are)");
        return FALSE;
    }
    if (!is_legal_value(value)) {
        error_set(error, ERROR_CONFIG,
                  "the value of '%s' must be printable ASCII, without spaces at its ends or two in a row",
                  normal);
        return FALSE;
    }
    if (!check_room(headers, normal, value, error))
        return FALSE;
    header = g_new(HeaderConfig, 1);
    *header = (HeaderConfig){g_steal_pointer(&normal), g_strdup(value)};
    g_ptr_array_add(headers, header);
    return TRUE;
}
