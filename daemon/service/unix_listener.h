/* Creates the file of a Unix socket to listen on. Used by the main process. */
#pragma once

#include <glib.h>

/* A bound socket that does not listen yet, whose file only its owner may use. The socket of a daemon that died
 * is replaced. -1 with class ERROR_CONFIG if another daemon listens there, or if it cannot be created. */
int unix_listener_bind(const char *path, GError **error);
