/* The form of a set of keys: a text with gaps, each of which stands for any text, also for none. Key
 * templates and patterns are made into forms to find out whether they can have a key in common. Used when
 * a configuration is checked; private to config/. Pure. */
#pragma once

#include <glib.h>

/* A gap. No key template and no pattern has a control character. */
#define KEY_FORM_GAP '\001'

/* The form of a pattern (config/pattern.h), whose `?` becomes a gap as `*` does: the form has every key
 * that the pattern matches, and perhaps others. Owned by the caller. */
char *key_form_of_pattern(const char *pattern);

/* The text before the first gap. Owned by the caller. */
char *key_form_start(const char *form);

/* A key that both forms have, owned by the caller; NULL if there is none. ignore_case: ASCII letters are the
 * same in either case. Takes at most as many steps as the product of the lengths. */
char *key_form_meet(const char *a, const char *b, gboolean ignore_case);
