/* The listening socket of a daemon's web server. Used by the main process. */
#pragma once

#include <glib.h>

/* Opens the socket for this address (config/listen_address.h), or takes systemd's, and listens. Returns its
 * descriptor; -1 with class ERROR_CONFIG, naming http.listen. */
int site_listen_open(const char *listen, GError **error);

/* Removes the file of a Unix socket that was created. */
void site_listen_remove(const char *listen);
