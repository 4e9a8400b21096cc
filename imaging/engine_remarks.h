/* Shortcomings of the loaded libraries that thumbmill cannot make up for: one table that names, for each, the
 * version without it.
 *
 * Used by the imager, for `thumbmill doctor` and `thumbmill --version`. */
#pragma once

#include <glib.h>

/* Points to constants. */
typedef struct {
    const char *text;    /* the shortcoming */
    const char *way_out; /* the version that ends it */
} EngineRemark;

/* The remarks that apply to the libraries of this process: an array of const EngineRemark *, owned by the
 * caller (g_ptr_array_unref). */
GPtrArray *engine_remarks(void);
