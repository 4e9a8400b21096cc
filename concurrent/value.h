/* What may cross to another process: any value that GVariant can hold (numbers, booleans, strings, byte
 * arrays, arrays, dictionaries, tuples, maybes, variants), and descriptors, explicitly: a handle (type "h")
 * in the value is an index into the list that goes beside it. There is nothing else to pass: no pointer, no
 * object, no function but by name.
 *
 * Checked on the sender's side, where the mistake was made. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

/* FALSE with class ERROR_LIMIT if it is larger than a message may be, or ERROR_INTERNAL if a handle in it
 * names no descriptor of fds (may be NULL), a descriptor is named by none, or variants are nested too deep to
 * be read. what: for the text ("the arguments of square"). */
gboolean value_may_cross(GVariant *value, const FdList *fds, const char *what, GError **error);

/* g_variant_ref_sink(), but without its lock where there is nothing to sink: threads that hand round the same
 * value would take turns. */
GVariant *value_ref_sink(GVariant *value);
