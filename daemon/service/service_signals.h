/* What a service is told by signals: SIGTERM, SIGINT and SIGQUIT to stop, SIGHUP to reload, SIGUSR1 to log
 * how it is. Used by the main process. */
#pragma once

#include <glib.h>

#include "daemon/service/service.h"

typedef struct ServiceSignals ServiceSignals;

/* The first thing that a daemon does: signals that come before the service listens are kept for it, and a log
 * whose reader ends does not end the daemon. */
void service_signals_hold(void);

/* Begins to listen, see signals_watch(). The service is borrowed. */
ServiceSignals *service_signals_new(Service *service);

void service_signals_free(ServiceSignals *signals);
