/* Process-wide control of libvips: starts it for hostile input, and turns its process-wide error buffer into
 * a GError.
 *
 * Used by the imager only, the one process that links libvips. One thread calls into imaging/; libvips makes
 * threads of its own, even with a concurrency of 1.
 */
#pragma once

#include <glib.h>

#include "base/error.h"

/* The version of the loaded libvips, such as "8.14.1". Works before engine_start(). */
const char *engine_version(void);

/* The vector code that libvips resizes with: "highway" (from 8.16 on, if it was built with it), "liborc"
 * (vertical passes only), or "none". Works before engine_start(). */
const char *engine_vector_name(void);

/* Starts libvips with
 * - no operation cache and one worker thread;
 * - no plug-in module except that of HEIC and AVIF;
 * - no loaders except those of JPEG, PNG, WebP, GIF, TIFF, HEIC and AVIF;
 * - its log messages discarded, except that warnings are kept.
 *
 * Loads everything that is loaded from files, including libheif's plug-ins, and makes no thread. Sets
 * environment variables: call it before threads exist. Further calls do nothing. Class ERROR_INTERNAL. */
gboolean engine_start(GError **error);

/* Whether libvips may use machine code that it generates at run time (liborc), which saves 10 to 20 % of the
 * time. Turn it off where memory cannot be both writable and executable (sandbox_allows_jit()): liborc would
 * abort. Call it after engine_start() and before any other use. Results with and without vector code differ
 * by one level in some places. */
void engine_set_vector(gboolean enabled);

/* Returns the reason of the last failure in one line (imaging/reason.h): the text of libvips' error buffer,
 * which is emptied, and the last warning, in parentheses if both are informative. Owned by the caller. Only
 * the functions here read the error buffer. */
char *engine_take_reason(void);

/* Sets *error to "WHAT: " and engine_take_reason(). The class is ERROR_LIMIT instead of class if the reason
 * is a size or a lack of memory. */
void engine_take_error(ErrorClass class, const char *what, GError **error);

/* Returns a few distinct warnings since the current image was begun, as char *: those that libvips logged,
 * and errors that decoders put into the error buffer but recovered from. Owned by the caller
 * (g_ptr_array_unref). */
GPtrArray *engine_take_warnings(void);

/* Moves the errors that decoders recovered from out of the error buffer to the warnings. Call it only where
 * the buffer cannot hold a real error. */
void engine_note_complaints(void);

/* Clears errors but keeps warnings: after a failure to write that was expected. */
void engine_clear_error(void);

/* Clears errors and warnings: after a failure that was expected, and before the next image. */
void engine_drop_error(void);
