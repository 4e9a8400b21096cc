/* Messages as data: a protocol is one table that gives each message its name, direction, type and right to
 * carry descriptors. The channel checks every message against it on both sides, so that no handler sees an
 * illegal one. */
#pragma once

#include <glib.h>

typedef enum {
    MESSAGE_DOWN, /* from parent to child */
    MESSAGE_UP,   /* from child to parent */
} MessageDirection;

typedef struct {
    const char *name;
    MessageDirection direction;
    const char *type; /* a GVariant type string, always a tuple */
    guint max_fds;
} MessageSpec;

typedef struct {
    const char *name;         /* in errors: "executor", "run" */
    const MessageSpec *specs; /* the index is the message's number on the wire */
    guint n_specs;
} Protocol;

/* NULL if number is no message of the protocol that may travel in this direction. */
const MessageSpec *message_find(const Protocol *protocol, guint32 number, MessageDirection direction);

/* The payload of a received message: of the spec's type, in normal form, at most max_fds descriptors.
 * bytes stays the caller's. Returns a full reference, or NULL (class ERROR_INTERNAL). */
GVariant *message_decode(const MessageSpec *spec, GBytes *bytes, guint n_fds, GError **error);
