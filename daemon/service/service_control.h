/* The commands that an operator can send to a service over its control socket: one row of a table per
 * command. Used by the main process. */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "config/model.h"
#include "daemon/service/service.h"

typedef struct ServiceControl ServiceControl;

/* The socket's path: control.socket, else "control" in $RUNTIME_DIRECTORY, which service managers and the
 * container image set; NULL if neither is set. config may be NULL. Owned by the caller. Used by commands
 * too. */
char *service_control_path(const Config *config);

/* Whether to create a socket: it is configured, or the service manager provides a directory for it. */
gboolean service_control_is_wanted(const Config *config);

/* Creates the socket and listens. The service is borrowed. Class ERROR_CONFIG. */
ServiceControl *service_control_new(Service *service, const Config *config, GError **error);

/* The status as JSON (docs/JSON.md), owned by the caller. */
json_t *service_control_status(const Service *service);

/* control may be NULL. */
void service_control_free(ServiceControl *control);
