/* Fields and sections: the types of the tables in config/schema.c, and what can be done with any field by
 * walking them, from whatever a value comes (YAML, GVariant). Private to config/. Pure. */
#pragma once

#include <glib.h>

typedef enum {
    FIELD_UINT,          /* guint32: a whole number */
    FIELD_SIZE,          /* guint64, units.h */
    FIELD_DURATION,      /* gint64 milliseconds, units.h */
    FIELD_CHOICE,        /* an enum: one of some words */
    FIELD_FLAG,          /* gboolean: true or false */
    FIELD_COLOUR,        /* guint32 0xRRGGBB: "#rrggbb" */
    FIELD_SET,           /* guint32, bit n for the number n: a list of whole numbers below 32 */
    FIELD_STRING,        /* char *, NULL if not there */
    FIELD_PATTERNS,      /* GStrv, never NULL */
    FIELD_TEMPLATE,      /* KeyTemplate * */
    FIELD_PAIRS,         /* GPtrArray of PairConfig: a mapping */
    FIELD_SECTION,       /* a struct in place: a mapping */
    FIELD_SECTION_LIST,  /* GPtrArray of structs: a list of mappings */
    FIELD_SECTION_BASIS, /* nothing of its own: read into the sections that inherit it, before their own keys
                          */
} FieldKind;

/* Fields of one section: they are marked in a guint64 where one must not come twice. */
#define SECTION_MAX_FIELDS 64u

/* The words of an enum. */
typedef struct {
    guint count; /* values 0 .. count - 1; a name of NULL: not to be chosen */
    const char *(*name)(guint value);
    const char *const *aliases; /* other spellings, each before the word it stands for; NULL-terminated. May
                                 * be NULL */
} FieldChoices;

/* Checks a string and gives the normal form to keep, owned by the caller; NULL with ERROR_CONFIG. */
typedef char *(*FieldNormalise)(const char *text, GError **error);

/* Adds to a list of pairs, or says why not: ERROR_CONFIG. */
typedef gboolean (*FieldAddPair)(GPtrArray *pairs, const char *name, const char *value, GError **error);

typedef struct Section Section;

typedef struct {
    const char *name;
    FieldKind kind;
    gsize offset; /* in the section's struct */
    const char *help;
    gboolean is_required;
    gboolean inherits;   /* FIELD_SECTION: from the FIELD_SECTION_BASIS of the same name at the top */
    const char *initial; /* the default as one writes it; patterns separated by spaces; NULL: none */
    guint64 min, max;    /* of a number; max of a list: its items */
    const char *zero; /* UINT, SIZE, DURATION: the word for which 0 is stored ("auto"); NULL: there is none */
    const FieldChoices *choices;
    FieldNormalise normalise; /* of a string */
    FieldAddPair add_pair;    /* of PAIRS */
    const Section *section;
} Field;

struct Section {
    const Field *fields;
    guint n_fields;
    gsize size_bytes; /* of the struct */
};

/* Fills a struct with the defaults. What it held is forgotten, not freed. */
void section_init(const Section *section, void *base);

/* Frees what the struct holds. */
void section_clear(const Section *section, void *base);

/* A new struct of a FIELD_SECTION_LIST with the defaults, added to the list and owned by it. NULL if the list
 * has as many as it may. */
void *section_append(const Field *field, void *base);

/* The field of this name, or NULL. */
const Field *section_find(const Section *section, const char *name);

/* NULL, or the name of a field that name is a slip of. */
const char *section_suggest(const Section *section, const char *name);

/* Numbers (UINT to SET): parsing a scalar, and setting a number after checking its range. FALSE if it is
 * none or out of range: field_expects() says what it should be. */
gboolean field_parse_number(const Field *field, const char *text, guint64 *ret_number);
gboolean field_set_number(const Field *field, void *base, guint64 number);
guint64 field_get_number(const Field *field, const void *base);

/* Takes the default numbers out of a FIELD_SET, before others are added. */
void field_clear_set(const Field *field, void *base);

/* FIELD_SET: adds one number. FALSE if text is none, out of range, or there already. */
gboolean field_add_number(const Field *field, void *base, const char *text);

/* Sets a text after checking it; for PATTERNS, adds one. Class ERROR_CONFIG. */
gboolean field_set_text(const Field *field, void *base, const char *text, GError **error);

/* Takes the default patterns out, before others are set. */
void field_clear_patterns(const Field *field, void *base);

/* Where the field's value lives. */
void *field_address(const Field *field, void *base);

/* "a whole number from 1 to 100": what may stand there. Owned by the caller. */
char *field_expects(const Field *field);
