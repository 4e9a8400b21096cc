/* libvips as a whole: starting it for hostile input, warming it up, and turning its
 * process-wide error buffer into a GError.
 *
 * Used by the imager only, the one process that links libvips. One thread calls into imaging/; libvips makes
 * threads of its own, even with a concurrency of 1.
 */
#pragma once

#include <glib.h>

#include "base/error.h"

/* Of the libvips that is loaded: "8.14.1". It need not have been started. */
const char *engine_version(void);

/* The vector code that it resizes with: "highway" (from 8.16 on, if it was built with it), "liborc"
 * (vertically only), or "none". It need not have been started. */
const char *engine_vector_name(void);

/* Starts libvips: no operation cache, one worker thread, no plug-in module except that of HEIC and AVIF, no
 * loaders except those of JPEG, PNG, WebP, GIF, TIFF, HEIC and AVIF; its log messages go nowhere, except
 * that its warnings are kept. Loads everything that is loaded from files, also libheif's plug-ins, and makes
 * no thread. Sets environment variables: call it before threads exist. Calling it again does nothing. Class
 * ERROR_INTERNAL. */
gboolean engine_start(GError **error);

/* Whether libvips may use machine code that it writes at run time (liborc), worth 10 to 20% of the time. Turn
 * it off where memory cannot be both writable and executable (sandbox_allows_jit()): liborc would abort.
 * After engine_start() and before anything else. Vectored and plain results differ by a level here and there.
 */
void engine_set_vector(gboolean enabled);

/* What went wrong, in one line (imaging/reason.h), out of libvips' error buffer, which it empties, and of the
 * last warning, in parentheses if both say something. Owned by the caller. Only the functions here read the
 * buffer. */
char *engine_take_reason(void);

/* Sets *error to "WHAT: " and engine_take_reason(). ERROR_LIMIT in place of class when that is about a size
 * or about memory. */
void engine_take_error(ErrorClass class, const char *what, GError **error);

/* Warnings since the last image was begun, a few different ones, as char *: those that libvips logged, and
 * what decoders complained of in the error buffer and went on. Owned by the caller (g_ptr_array_unref). */
GPtrArray *engine_take_warnings(void);

/* Keeps what decoders complained of in the error buffer, and went on, with the warnings, and empties it. To
 * be called where no error can be in there. */
void engine_note_complaints(void);

/* Forgets errors so far and keeps warnings: after a failure to write that was expected. */
void engine_clear_error(void);

/* Forgets errors and warnings so far: after a failure that was expected, and before the next image. */
void engine_drop_error(void);
