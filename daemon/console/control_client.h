/* The client of the control socket: sends one request, and waits for the answer. Used by the main process of
 * a command, which may block. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* Returns the answer, owned by the caller. NULL with class ERROR_PERMANENT if no daemon listens there, or if
 * it closes the connection; ERROR_TRANSIENT if it does not answer in time. (A user without permission is told
 * so in the answer.) */
json_t *control_client_ask(const char *path, const char *command, const char *value, GError **error);
