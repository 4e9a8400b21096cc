/* Turns a struct of numbers into a GVariant and back, by a table of its fields: for messages between
 * processes. The GVariant is a tuple of the fields in the table's order. Pure. */
#pragma once

#include <glib.h>
#include <stddef.h>

typedef struct {
    char type; /* of the GVariant: 't', 'x', 'u' or 'b' */
    gsize offset;
} RecordField;

/* One line of a table: the type follows from the C type of the field. Other types do not compile. */
/* clang-format off */
#define RECORD_FIELD(Struct, field) \
    {_Generic(((Struct *)NULL)->field, guint64: 't', gint64: 'x', gboolean: 'b', guint32: 'u'), \
     offsetof(Struct, field)}
/* clang-format on */

/* A table: an array of RecordField and its length. */
typedef struct {
    const RecordField *fields;
    guint n_fields;
} RecordTable;

/* clang-format off */
#define RECORD_TABLE(fields) {fields, G_N_ELEMENTS(fields)}
/* clang-format on */

/* Floating. */
GVariant *record_to_variant(const RecordTable *table, const void *record);

/* Sets the table's fields of record, and no others. FALSE, without setting any, if the variant has another
 * type. */
gboolean record_from_variant(const RecordTable *table, GVariant *variant, void *record);
