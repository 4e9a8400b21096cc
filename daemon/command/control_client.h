/* The command's side of the control socket: one request, one answer. Used by the main process of a command,
 * which may wait. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* The answer, owned by the caller. NULL with class ERROR_PERMANENT if no daemon listens there, or it hangs up
 * (who may not use it is told so in the answer); ERROR_TRANSIENT if it does not answer in time. */
json_t *control_client_ask(const char *path, const char *command, const char *value, GError **error);
