/* Signals to a service: SIGTERM, SIGINT and SIGQUIT stop it, SIGHUP reloads it, SIGUSR1 logs its status. Used
 * by the main process. */
#pragma once

#include <glib.h>

#include "daemon/service/service.h"

typedef struct ServiceSignals ServiceSignals;

/* The first thing that a daemon does: signals that arrive before the service listens are held for it, and the
 * daemon does not end if the reader of its log does. */
void service_signals_hold(void);

/* Starts to listen, see signals_watch(). The service is borrowed. */
ServiceSignals *service_signals_new(Service *service);

void service_signals_free(ServiceSignals *signals);
