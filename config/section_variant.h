/* Sections as GVariants of type a{sv}, to send a configuration from the main process to the supervisor.
 * Private to config/. */
#pragma once

#include "config/section.h"

/* Returns a floating variant. Strings that are NULL are left out. */
GVariant *section_to_variant(const Section *section, const void *base);

/* Fills base, which already has its defaults. Class ERROR_INTERNAL: a key that is unknown, duplicate, or
 * required but missing; a value of another type or out of range. variant must be in normal form. */
gboolean section_from_variant(const Section *section, GVariant *variant, void *base, GError **error);
