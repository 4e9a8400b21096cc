#include "concurrent/value.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

/* Half a message: the rest is for other parts of the message. */
#define MOST_BYTES (LIMIT_MESSAGE_BYTES / 2)

/* The deepest nesting of containers. GVariant refuses to read more than 128, and a message adds some of its
 * own. */
#define MOST_LEVELS 64u

typedef struct {
    const FdList *fds;
    gboolean named[LIMIT_MESSAGE_FDS + 1];
    const char *what;
} Check;

/* Only values whose type string has 'h' or 'v' can have handles. */
static gboolean may_hold_handles(GVariant *value)
{
    return strpbrk(g_variant_get_type_string(value), "hv") != NULL;
}

static gboolean check_handle(Check *check, gint32 handle, GError **error)
{
    guint count = check->fds != NULL ? check->fds->count : 0;

    if (handle >= 0 && (guint)handle < count && check->fds->fds[handle] >= 0) {
        check->named[handle] = TRUE;
        return TRUE;
    }
    error_set(error, ERROR_INTERNAL, "%s: handle %d, but %u descriptors go with it", check->what, handle,
              count);
    return FALSE;
}

static gboolean check_value(Check *check, GVariant *value, guint level, GError **error)
{
    gsize n;

    if (g_variant_is_of_type(value, G_VARIANT_TYPE_HANDLE))
        return check_handle(check, g_variant_get_handle(value), error);
    if (!g_variant_is_container(value) || !may_hold_handles(value))
        return TRUE;
    if (level >= MOST_LEVELS) {
        error_set(error, ERROR_INTERNAL, "%s: values nested deeper than %u levels", check->what, MOST_LEVELS);
        return FALSE;
    }
    n = g_variant_n_children(value);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

        if (!check_value(check, child, level + 1, error))
            return FALSE;
    }
    return TRUE;
}

gboolean value_may_cross(GVariant *value, const FdList *fds, const char *what, GError **error)
{
    gsize size = g_variant_get_size(value);
    guint count = fds != NULL ? fds->count : 0;
    Check check = {.fds = fds, .what = what};

    if (size > MOST_BYTES) {
        error_set(error, ERROR_LIMIT, "%s: %" G_GSIZE_FORMAT " bytes exceed the %u bytes of a message", what,
                  size, MOST_BYTES);
        return FALSE;
    }
    if (may_hold_handles(value) && !check_value(&check, value, 0, error))
        return FALSE;
    for (guint i = 0; i < count; i++) {
        if (!check.named[i] && fds->fds[i] >= 0) {
            error_set(error, ERROR_INTERNAL, "%s: no handle refers to descriptor %u of %u", what, i, count);
            return FALSE;
        }
    }
    return TRUE;
}

GVariant *value_ref_sink(GVariant *value)
{
    return g_variant_is_floating(value) ? g_variant_ref_sink(value) : g_variant_ref(value);
}
