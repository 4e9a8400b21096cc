/* The headers of an output's uploads, except Content-Type, which follows from the format.
 *
 * Allowed are headers that say how to serve an object, and that no request signature or protocol depends on:
 * Cache-Control, Content-Disposition, Content-Language, Expires and x-amz-meta-*. Used by the main process
 * and the supervisor. */
#pragma once

#include <glib.h>

/* Adds a copy to a list of pairs, the name in its usual case. Class ERROR_CONFIG: a name that is not allowed,
 * reserved (CONFIG_PROVENANCE_PREFIX) or already in the list; a value that is empty, has a space at an end or
 * anything but printable ASCII; or more than CONFIG_MAX_HEADER_BYTES in all. */
gboolean header_list_add(GPtrArray *headers, const char *name, const char *value, GError **error);
