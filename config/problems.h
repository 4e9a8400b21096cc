/* Mistakes found in a configuration, collected so that its author sees them all at once, each with its place.
 *
 * The reader also records the place of each field's value, by the field's address, so that checks of the
 * finished structs can report the line. Used by the main process; by the supervisor without places. */
#pragma once

#include <glib.h>

#include "base/error.h"

/* More are not reported: later ones tend to follow from the first. */
#define PROBLEMS_MAX 20u

/* Longer values are cut when they are quoted in a message. */
#define PROBLEMS_MAX_QUOTED_BYTES 80u

/* 1-based, columns in characters. Line 0 means that no place is known. */
typedef struct {
    guint32 line;
    guint32 column;
    guint32 file; /* of problems_add_file(); 0 for the first */
} Mark;

typedef struct Problems Problems;

/* name is the file's name, which has the number 0. */
Problems *problems_new(const char *name);

/* Adds another file. Returns its number, for the marks of its places. */
guint32 problems_add_file(Problems *problems, const char *name);

/* "FILE:LINE:COLUMN". Owned by the caller. */
char *problems_describe_mark(const Problems *problems, Mark mark);

/* Adds one mistake, as one line. Identical mistakes at the same place are added only once. */
void problems_add(Problems *problems, Mark mark, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same for a field whose place is recorded. */
void problems_add_field(Problems *problems, const void *field, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Records the place of a field's value. A struct has the same address as its first field: the later call
 * wins. */
void problems_place(Problems *problems, const void *field, Mark mark);

/* Copies the places of all fields in the size_bytes at from to the same offsets at to. */
void problems_copy_places(Problems *problems, const void *from, const void *to, gsize size_bytes);

/* Forgets the places of all fields: their structs may be freed, and their addresses used again. */
void problems_forget_places(Problems *problems);

gboolean problems_has_place(const Problems *problems, const void *field);

gboolean problems_is_empty(const Problems *problems);

/* Sets an error of this class with all mistakes, sorted by place, separated by newlines. */
void problems_set_error(const Problems *problems, ErrorClass class, GError **error);

/* 'text', cut and escaped to fit on a line. Owned by the caller. */
char *problems_quote(const char *text);

void problems_free(Problems *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problems, problems_free)
