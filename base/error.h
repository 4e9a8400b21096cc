/* Errors: one GError domain, whose code carries the decision that follows from the error.
 *
 * Whoever retries, reports or exits reads the class and never the text. The text is for people: one line, no
 * trailing full stop, naming the file, key or object that it is about. */
#pragma once

#include <glib.h>

typedef enum {
    ERROR_TRANSIENT,   /* may succeed when tried again later: network, 503, a busy store */
    ERROR_STALE,       /* what was signed no longer holds: keys that expired, a wrong clock; sign it anew */
    ERROR_PERMANENT,   /* the other side refused for good: 403, 404, read-only destination */
    ERROR_CONFIG,      /* the configuration or command line is wrong; nothing can start */
    ERROR_INPUT,       /* this object is bad: corrupt, truncated, of no supported format */
    ERROR_LIMIT,       /* this object exceeds a configured limit: bytes, pixels, time */
    ERROR_CRASH,       /* the process that was working on this died */
    ERROR_CANCELLED,   /* given up on request; says nothing about the object */
    ERROR_INTERNAL,    /* our own mistake, or the machine out of memory or descriptors */
    ERROR_ARCHIVED,    /* this object is in an archive, from which somebody must restore it first */
    ERROR_UNAVAILABLE, /* may pass, and the store as a whole may be away: no answer came, or one by which the
                        * server says that it fails or is overloaded */
    ERROR_FULL,        /* may pass: the store has no room, as its disk is full or a quota is used up */
    ERROR_UNSENT,      /* may pass: not even tried, as others before it had failed with ERROR_UNAVAILABLE */
} ErrorClass;

#define ERROR_CLASS_LAST ERROR_UNSENT

/* A class in a set of them. */
#define ERROR_BIT(class) (1u << (class))

/* The GError domain of every error that thumbmill makes. */
GQuark error_quark(void);

/* Sets *error (which may be NULL) to a new error of this class. Its text goes through quote_text(), since
 * parts of it may come from a server. */
void error_set(GError **error, ErrorClass class, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Like error_set, and appends ": " and the text of errno_value. Where that says that the machine lacks memory
 * or descriptors for now (EMFILE, ENFILE, ENOMEM, ENOBUFS), the class is ERROR_TRANSIENT. */
void error_set_errno(GError **error, ErrorClass class, int errno_value, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The class of an error; ERROR_INTERNAL for one of a foreign domain. */
ErrorClass error_class(const GError *error);

/* "transient", "permanent", ...: the word used in logs and reports. Never NULL. */
const char *error_class_name(ErrorClass class);

/* Whether the same may succeed when it is tried again later, without a change to the object or the
 * configuration. */
gboolean error_may_pass(const GError *error);

/* The class named by a word or a number from another process; ERROR_INTERNAL if it names none. */
ErrorClass error_class_from_int(int value);
