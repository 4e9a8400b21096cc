/* Why a decoder or an encoder failed, and what it only warned about, as one line for people: from libvips'
 * error buffer, which holds lines of several libraries, the deepest one first, each behind the name of its
 * module.
 *
 * Used by imaging/engine.c and imaging/load.c. Pure, without libvips. The texts are those of libvips,
 * libjpeg-turbo, libpng, libspng, libtiff, libwebp, libnsgif and libheif, as both supported releases of
 * Debian have them; one that is not known stays as it is. */
#pragma once

#include <glib.h>

/* Longer ones are cut: an error is one line of a log. */
#define REASON_MAX_BYTES 200u

/* The line of the buffer that says what went wrong, without its module's name and control characters, valid
 * UTF-8; "" if there is none. Lines that say only where it was, or that a file ended where libvips looked
 * further, are passed over, and so are warnings, unless there is nothing else. Owned by the caller. */
char *reason_from_buffer(const char *buffer);

/* One line of a warning, cleaned in the same way; "" if it is of no use to anybody: it says what follows from
 * another line, or tells of tags and chunks that most programs write and no picture needs. Owned by the
 * caller. */
char *reason_from_warning(const char *line);

/* Whether a reason says only that something failed, so that a warning tells more. */
gboolean reason_is_vague(const char *reason);

typedef enum {
    REASON_DAMAGED,     /* the bytes are not what the format allows */
    REASON_UNSUPPORTED, /* they may be, but this decoder cannot do that */
    REASON_TOO_LARGE,   /* for the decoder, or for the memory that there is */
} ReasonKind;

ReasonKind reason_kind(const char *reason);
