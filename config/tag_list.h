/* The tags of an output's uploads. (Amazon S3 User Guide, "Categorizing your objects using tags".) */
#pragma once

#include <glib.h>

/* S3's limits for each object, in Unicode characters. */
#define TAG_LIST_MAX             10u
#define TAG_LIST_MAX_NAME_CHARS  128u
#define TAG_LIST_MAX_VALUE_CHARS 256u

/* Adds a copy to a list of pairs. Class ERROR_CONFIG: too many tags; a name that is empty, duplicate or
 * reserved by AWS ("aws:..."); a name or value that is too long or has characters other than letters, digits,
 * spaces and + - = . _ : / @. A value may be empty. */
gboolean tag_list_add(GPtrArray *tags, const char *name, const char *value, GError **error);
