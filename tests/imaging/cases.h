/* Files that were once rendered wrongly, in tests/imaging/cases/. */
#pragma once

#include <glib.h>

/* The bytes of a file. A file that cannot be read ends the process. */
GBytes *case_file(const char *name);
