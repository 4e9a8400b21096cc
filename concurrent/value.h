/* Checks which values may be sent to another process: any value of GVariant (numbers, booleans, strings, byte
 * arrays, arrays, dictionaries, tuples, maybes, variants), and descriptors, explicitly: a handle (type "h")
 * in the value is an index into the list that is sent with it. Nothing else can be sent: no pointer, no
 * object, no function except by name.
 *
 * Checked on the sender's side, where a mistake was made. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

/* FALSE with class ERROR_LIMIT if the value is larger than a message may be, or ERROR_INTERNAL if a handle in
 * it refers to no descriptor of fds (may be NULL), no handle refers to a descriptor, or variants are nested
 * too deep to be read. what is for the error text ("the arguments of square"). */
gboolean value_may_cross(GVariant *value, const FdList *fds, const char *what, GError **error);

/* g_variant_ref_sink(), but without its lock if there is nothing to sink: threads that share a value would
 * contend for it. */
GVariant *value_ref_sink(GVariant *value);
