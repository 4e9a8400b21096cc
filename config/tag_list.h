/* The tags that an output's uploads carry. (Amazon S3 User Guide, "Categorizing your objects using tags".) */
#pragma once

#include <glib.h>

/* As many as S3 takes, of each object and in Unicode characters. */
#define TAG_LIST_MAX             10u
#define TAG_LIST_MAX_NAME_CHARS  128u
#define TAG_LIST_MAX_VALUE_CHARS 256u

/* Adds a copy to a list of pairs. Class ERROR_CONFIG: one too many, a name that is empty, there already or
 * AWS's own ("aws:..."), one of the two too long, or of other characters than letters, digits, spaces and
 * + - = . _ : / @. A value may be empty. */
gboolean tag_list_add(GPtrArray *tags, const char *name, const char *value, GError **error);
