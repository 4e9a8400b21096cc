/* Reduces the reason why a decoder or an encoder failed, or what it warned about, to one line for people. The
 * source is libvips' error buffer, which holds lines of several libraries, the innermost one first, each
 * prefixed with the name of its module.
 *
 * Used by imaging/engine.c and imaging/load.c. Pure, without libvips. Knows the texts of libvips,
 * libjpeg-turbo, libpng, libspng, libtiff, libwebp, libnsgif and libheif in both supported releases of
 * Debian; unknown texts are left as they are. */
#pragma once

#include <glib.h>

/* Longer reasons are cut: an error is one line of a log. */
#define REASON_MAX_BYTES 200u

/* Returns the line of the buffer that says what went wrong, without module name and control characters, as
 * valid UTF-8; "" if there is none. Skips lines that only say where the error occurred, or that libvips read
 * beyond the end of a file; and skips warnings unless there is nothing else. Owned by the caller. */
char *reason_from_buffer(const char *buffer);

/* Returns one line of a warning, cleaned in the same way. Returns "" if the line is useless: it repeats what
 * another line implies, or it is about tags and chunks that most programs write and no picture needs. Owned
 * by the caller. */
char *reason_from_warning(const char *line);

/* Whether a reason says only that something failed, so that a warning is more informative. */
gboolean reason_is_vague(const char *reason);

typedef enum {
    REASON_DAMAGED,     /* the bytes violate the format */
    REASON_UNSUPPORTED, /* the format allows the bytes, but this decoder does not support them */
    REASON_TOO_LARGE,   /* for the decoder, or for the available memory */
} ReasonKind;

ReasonKind reason_kind(const char *reason);
