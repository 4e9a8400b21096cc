/* Errors: one GError domain, whose code tells what to do about the error.
 *
 * Code that retries, reports or exits reads the class and never the text. The text is for people: one line,
 * no trailing full stop, naming the file, key or object that it is about. */
#pragma once

#include <glib.h>

typedef enum {
    ERROR_TRANSIENT,   /* may succeed when tried again later: network, 503, a busy store */
    ERROR_STALE,       /* a signature is no longer valid: expired credentials, a wrong clock; sign again */
    ERROR_PERMANENT,   /* the other side refused for good: 403, 404, read-only destination */
    ERROR_CONFIG,      /* the configuration or command line is wrong; nothing can start */
    ERROR_INPUT,       /* this object is bad: corrupt, truncated, of no supported format */
    ERROR_LIMIT,       /* this object exceeds a configured limit: bytes, pixels, time */
    ERROR_CRASH,       /* the process that was working on this died */
    ERROR_CANCELLED,   /* cancelled on request; says nothing about the object */
    ERROR_INTERNAL,    /* our own mistake, or the machine is out of memory or descriptors */
    ERROR_ARCHIVED,    /* this object is archived and must be restored first */
    ERROR_UNAVAILABLE, /* may pass; the whole store may be down: there was no response, or one that says that
                        * the server fails or is overloaded */
    ERROR_FULL,        /* may pass: the store has no space left, as its disk is full or a quota is used up */
    ERROR_UNSENT,      /* may pass: not even tried, because earlier ones had failed with ERROR_UNAVAILABLE */
} ErrorClass;

#define ERROR_CLASS_LAST ERROR_UNSENT

/* The bit of a class in a set of classes. */
#define ERROR_BIT(class) (1u << (class))

/* The GError domain of every error that thumbmill makes. */
GQuark error_quark(void);

/* Sets *error (which may be NULL) to a new error of this class. The text is passed through quote_text(),
 * since parts of it may come from a server. */
void error_set(GError **error, ErrorClass class, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Like error_set(), and appends ": " and the text of errno_value. If errno_value means that the machine lacks
 * memory or descriptors for now (EMFILE, ENFILE, ENOMEM, ENOBUFS), the class is ERROR_TRANSIENT. */
void error_set_errno(GError **error, ErrorClass class, int errno_value, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The class of an error; ERROR_INTERNAL for an error of another domain. */
ErrorClass error_class(const GError *error);

/* "transient", "permanent", ...: the word used in logs and reports. Never NULL. */
const char *error_class_name(ErrorClass class);

/* Whether the operation may succeed when it is tried again later, without a change to the object or the
 * configuration. */
gboolean error_may_pass(const GError *error);

/* The class with this number, which came from another process; ERROR_INTERNAL if there is no such class. */
ErrorClass error_class_from_int(int value);
