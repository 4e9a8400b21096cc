#include "config/header_list.h"

#include <string.h>

#include "base/error.h"
#include "config/pair_list.h"

static const char *const plain_names[] = {"Cache-Control", "Content-Disposition", "Content-Language",
                                          "Expires"};
static const char metadata_prefix[] = "x-amz-meta-";

/* The name in its usual case, or NULL if it is not allowed. */
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

/* Whether S3 signs the value unchanged: S3 trims and folds a value's spaces before it signs. */
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

gboolean header_list_add(GPtrArray *headers, const char *name, const char *value, GError **error)
{
    g_autofree char *normal = normal_name(name);

    if (normal == NULL) {
        error_set(error, ERROR_CONFIG,
                  "header not allowed (allowed: Cache-Control, Content-Disposition, Content-Language, "
                  "Expires, x-amz-meta-*)");
        return FALSE;
    }
    if (g_str_has_prefix(normal, CONFIG_PROVENANCE_PREFIX)) {
        error_set(error, ERROR_CONFIG, "names starting with " CONFIG_PROVENANCE_PREFIX " are reserved");
        return FALSE;
    }
    if (!is_legal_value(value)) {
        error_set(error, ERROR_CONFIG,
                  "the value of '%s' must be printable ASCII, without spaces at its ends or two in a row",
                  normal);
        return FALSE;
    }
    if (pair_list_find(headers, normal) != NULL) {
        error_set(error, ERROR_CONFIG, "header '%s' is set twice", normal);
        return FALSE;
    }
    if (pair_list_bytes(headers, "") + strlen(normal) + strlen(value) > CONFIG_MAX_HEADER_BYTES) {
        error_set(error, ERROR_CONFIG, "the headers of one output may have at most %u bytes in total",
                  CONFIG_MAX_HEADER_BYTES);
        return FALSE;
    }
    pair_list_add(headers, g_steal_pointer(&normal), value);
    return TRUE;
}
