/* The function that each tests/fuzz/fuzz_NAME.c defines: it feeds arbitrary bytes to one entry point of
 * production code, and aborts if a property does not hold. libFuzzer calls it, with seeds from
 * tests/fuzz/seeds/NAME; `tools/fuzz NAME` runs it. */
#pragma once

#include <glib.h>

/* Returns 0. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
