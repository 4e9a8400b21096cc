/* Messages as data: a protocol is one table that gives each message its name, direction, type and number of
 * descriptors. The channel checks every message against it on both sides, so that no handler receives an
 * invalid one. */
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
    const char *name;         /* for error texts: "executor", "run" */
    const MessageSpec *specs; /* the index is the message's number on the wire */
    guint n_specs;
} Protocol;

/* Returns NULL if number is not a message of the protocol in this direction. */
const MessageSpec *message_find(const Protocol *protocol, guint32 number, MessageDirection direction);

/* Decodes the payload of a received message: it must be of the spec's type, in normal form, with at most
 * max_fds descriptors. bytes is borrowed. Returns a full reference, or NULL (class ERROR_INTERNAL). */
GVariant *message_decode(const MessageSpec *spec, GBytes *bytes, guint n_fds, GError **error);
