/* The documents that a daemon serves over HTTP: metrics, health and a status page. The main process makes the documents, once a
 * second, and hands them to thumbmill-web, which serves them: no request reaches the main process, so that no
 * client can slow it down. A thumbmill-web that died is replaced. Used by the main process. Single-threaded.
 * docs/adr/0072-a-web-server-that-knows-nothing.md */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/service/service.h"

typedef struct Site Site;

/* Listens at http.listen, which must be set. The service is borrowed. Class ERROR_CONFIG. */
Site *site_new(Service *service, const Config *config, GError **error);

/* site may be NULL. */
void site_free(Site *site);
