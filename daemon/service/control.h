/* The control socket of a daemon: a Unix socket through which the operator's commands reach it
 * (control_protocol.h). Used by the main process. Single-threaded.
 *
 * No client can harm the service. A connection has at most one open request, of limited length, and is closed
 * when it is idle or slow; the number of connections is limited. Permissions depend on the peer's user
 * (SO_PEERCRED), whatever the mode of the socket's file: root, the service's own user and the members of one
 * group are allowed. */
#pragma once

#include <glib.h>

#include "daemon/service/control_protocol.h"

#define CONTROL_MAX_CLIENTS 16u

/* Limit for clients without permission, who only wait to be told so: they do not use up the connections of
 * the others. */
#define CONTROL_MAX_STRANGERS 4u

/* A connection is closed if it does not send a request, or read the answer, within this time. */
#define CONTROL_PATIENCE_S 10

typedef struct Control Control;
typedef struct ControlCall ControlCall;

typedef struct {
    const char *path;  /* absolute */
    guint mode;        /* of its file */
    const char *group; /* of its file, whose members may use the socket; or NULL */
    /* A request from a client with permission: answer it with control_answer(), now or later. */
    void (*on_request)(ControlCall *call, const ControlRequest *request, void *data);
    void *data;
} ControlOptions;

/* Creates the socket and listens. The socket of a daemon that died is replaced; class ERROR_CONFIG if another
 * daemon listens there, or if the socket cannot be created as requested. */
Control *control_new(const ControlOptions *options, GMainContext *context, GError **error);

/* Ends a call; answer is taken. The client may have disconnected. */
void control_answer(ControlCall *call, json_t *answer);

/* Closes all connections, and removes the socket's file. Open calls must still be answered, which then has no
 * effect. control may be NULL. */
void control_free(Control *control);
