/* The system calls that an imager makes, as a filter that allows nothing else.
 *
 * Used by sandbox.c. A list of what is allowed; what is known and expected beside that has rules of its own,
 * by which it fails or kills. */
#pragma once

#include <seccomp.h>

/* Adds the rules to a filter whose default is to deny. For the calling process: signals to itself are allowed
 * by its number. 0, or minus an errno, as libseccomp returns it. */
int imager_filter_fill(scmp_filter_ctx filter);
