#include "cases.h"

#include <stdio.h>
#include <stdlib.h>

GBytes *case_file(const char *name)
{
    g_autofree char *path = g_build_filename(CASES, name, NULL);
    char *bytes;
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, NULL)) {
        fprintf(stderr, "cannot read %s\n", path);
        abort();
    }
    return g_bytes_new_take(bytes, size);
}
