/* Files that were rendered wrongly once, in tests/imaging/cases/. */
#pragma once

#include <glib.h>

/* Its bytes. A file that cannot be read ends the process. */
GBytes *case_file(const char *name);
