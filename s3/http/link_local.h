/* Addresses at which machines of a cloud are given their keys (link-local ones, and those that stand for the
 * same service in IPv6), which no name of a store or proxy may lead to: whoever answers for a name could have
 * our requests sent there. Pure; used on both sides. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

/* Whether it is one of those addresses. */
gboolean link_local_is(const struct sockaddr *address);

/* Whether a URL, of a server or a proxy, has an address and no name: then nobody but the operator chose it.
 */
gboolean link_local_is_literal(const char *url);
