#include "base/error.h"

#include <errno.h>

#include "base/quote.h"

static const char *const class_names[] = {
    [ERROR_TRANSIENT] = "transient",
    [ERROR_STALE] = "stale",
    [ERROR_PERMANENT] = "permanent",
    [ERROR_CONFIG] = "config",
    [ERROR_INPUT] = "input",
    [ERROR_LIMIT] = "limit",
    [ERROR_CRASH] = "crash",
    [ERROR_CANCELLED] = "cancelled",
    [ERROR_INTERNAL] = "internal",
    [ERROR_ARCHIVED] = "archived",
    [ERROR_UNAVAILABLE] = "unavailable",
    [ERROR_FULL] = "full",
    [ERROR_UNSENT] = "unsent",
};

/* Atomic, unlike G_DEFINE_QUARK's, because errors are made in any thread. */
GQuark error_quark(void)
{
    static _Atomic GQuark quark;

    if (quark == 0)
        quark = g_quark_from_static_string("thumbmill-error-quark");
    return quark;
}

void error_set(GError **error, ErrorClass class, const char *format, ...)
{
    g_autofree char *text = NULL, *quoted = NULL;
    va_list args;

    if (error == NULL)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    quoted = quote_text(text);
    g_propagate_error(error, g_error_new_literal(error_quark(), (int)class, quoted));
}

/* Other processes may release the resource later, so these errors say nothing about the operation itself. */
static gboolean is_shortage(int errno_value)
{
    return errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM || errno_value == ENOBUFS;
}

void error_set_errno(GError **error, ErrorClass class, int errno_value, const char *format, ...)
{
    va_list args;
    g_autofree char *text = NULL;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, is_shortage(errno_value) ? ERROR_TRANSIENT : class, "%s: %s", text,
              g_strerror(errno_value));
}

ErrorClass error_class(const GError *error)
{
    if (error->domain != error_quark())
        return ERROR_INTERNAL;
    return error_class_from_int(error->code);
}

const char *error_class_name(ErrorClass class)
{
    return class_names[class];
}

gboolean error_may_pass(const GError *error)
{
    switch (error_class(error)) {
    case ERROR_TRANSIENT:
    case ERROR_STALE:
    case ERROR_UNAVAILABLE:
    case ERROR_UNSENT:
    case ERROR_FULL: return TRUE;
    default: return FALSE;
    }
}

ErrorClass error_class_from_int(int value)
{
    return value >= 0 && value <= ERROR_CLASS_LAST ? (ErrorClass)value : ERROR_INTERNAL;
}
