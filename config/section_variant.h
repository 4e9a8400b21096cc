/* Sections as GVariants of type a{sv}, so that a configuration crosses from the main process to the
 * supervisor. Private to config/. */
#pragma once

#include "config/section.h"

/* Floating. Strings that are not there are left out. */
GVariant *section_to_variant(const Section *section, const void *base);

/* Fills base, which has its defaults already. Class ERROR_INTERNAL: a key that is unknown, missing though
 * required, or doubled; a value of another type or out of range. variant must be in normal form. */
gboolean section_from_variant(const Section *section, GVariant *variant, void *base, GError **error);
