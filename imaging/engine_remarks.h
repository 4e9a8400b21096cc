/* What is slow or wrong with the libraries that are loaded, where thumbmill cannot make up for it: one table,
 * each line with the version that ends it.
 *
 * Used by the imager, for `thumbmill doctor` and `thumbmill --version`. */
#pragma once

#include <glib.h>

/* Borrowed: constants. */
typedef struct {
    const char *text;    /* what is so */
    const char *way_out; /* what ends it */
} EngineRemark;

/* Of the libraries of this process. An array of const EngineRemark *, owned by the caller
 * (g_ptr_array_unref). */
GPtrArray *engine_remarks(void);
