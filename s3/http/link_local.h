/* The addresses at which cloud machines get their credentials (link-local ones, and those of the same service
 * in IPv6). No host name of a store or proxy may resolve to them: whoever controls a name's DNS could
 * otherwise have our requests sent there. Pure; used by the supervisor and the workers. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

/* Whether address is one of those addresses. */
gboolean link_local_is(const struct sockaddr *address);

/* Whether the URL of a server or proxy has an address instead of a host name: then only the operator can have
 * chosen it. */
gboolean link_local_is_literal(const char *url);
