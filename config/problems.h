/* Mistakes found in a configuration, collected so that its author sees them all at once, each with its place.
 *
 * The reader also notes where the value of each field stood, by the field's address, so that checks of the
 * finished structs can name the line. Used by the main process; by the supervisor without places. */
#pragma once

#include <glib.h>

#include "base/error.h"

/* More are not reported: the rest tend to follow from the first. */
#define PROBLEMS_MAX 20u

/* Longer values are cut when they are quoted in a message. */
#define PROBLEMS_MAX_QUOTED_BYTES 80u

/* 1-based, columns in characters. Line 0: no place is known. */
typedef struct {
    guint32 line;
    guint32 column;
} Mark;

typedef struct Problems Problems;

/* name is the file's. */
Problems *problems_new(const char *name);

/* Collects one mistake, which is made one line; exactly the same one at the same place only once. */
void problems_add(Problems *problems, Mark mark, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same for a field whose place was noted. */
void problems_add_field(Problems *problems, const void *field, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Notes where the value of a field stands. A struct has the address of its first field: the later note holds.
 */
void problems_place(Problems *problems, const void *field, Mark mark);

/* The places of what lies in the size_bytes at from hold for the same at to as well. */
void problems_copy_places(Problems *problems, const void *from, const void *to, gsize size_bytes);

gboolean problems_has_place(const Problems *problems, const void *field);

gboolean problems_is_empty(const Problems *problems);

/* Sets an error of this class with all of them, sorted by place, separated by newlines. */
void problems_set_error(const Problems *problems, ErrorClass class, GError **error);

/* 'text', cut and escaped to fit on a line. Owned by the caller. */
char *problems_quote(const char *text);

void problems_free(Problems *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problems, problems_free)
