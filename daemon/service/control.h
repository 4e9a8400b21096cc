/* The control socket of a daemon: a Unix socket by which the operator's commands reach it
 * (control_protocol.h). Used by the main process. Single-threaded.
 *
 * Nobody who connects can harm the service: a connection has one request under way, of limited length, and is
 * closed when it is idle or slow; there are at most so many of them; and what it may do is decided by who it
 * is (SO_PEERCRED), whatever the socket's file allows: root, the service's own user, and the members of one
 * group. */
#pragma once

#include <glib.h>

#include "daemon/service/control_protocol.h"

#define CONTROL_MAX_CLIENTS 16u

/* Of those who may not use it, and only wait for that answer: they take no place from the others. */
#define CONTROL_MAX_STRANGERS 4u

/* A connection that does not complete a request, or take its answer, within this time is closed. */
#define CONTROL_PATIENCE_S 10

typedef struct Control Control;
typedef struct ControlCall ControlCall;

typedef struct {
    const char *path;  /* absolute */
    guint mode;        /* of its file */
    const char *group; /* of its file, and whose members may use it; NULL: none */
    /* A request of somebody who may: to be answered with control_answer(), now or later. */
    void (*on_request)(ControlCall *call, const ControlRequest *request, void *data);
    void *data;
} ControlOptions;

/* Listens. What is left of a daemon that died is replaced; class ERROR_CONFIG if another one lives there, or
 * if it cannot be made so. */
Control *control_new(const ControlOptions *options, GMainContext *context, GError **error);

/* Ends a call; answer is taken. Whether anybody still wants it does not matter. */
void control_answer(ControlCall *call, json_t *answer);

/* Closes all, and removes the file. Calls that are left are to be answered, to no effect. NULL is allowed. */
void control_free(Control *control);
