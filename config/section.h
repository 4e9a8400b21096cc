/* Fields and sections: the types of the tables in config/schema.c, and the operations on any field that walk
 * them, whatever the values come from (YAML, GVariant). Private to config/. Pure. */
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
    FIELD_STRING,        /* char *, may be NULL */
    FIELD_PATTERNS,      /* GStrv, never NULL */
    FIELD_TEMPLATE,      /* KeyTemplate * */
    FIELD_PAIRS,         /* GPtrArray of PairConfig: a mapping */
    FIELD_SECTION,       /* a struct in place: a mapping */
    FIELD_SECTION_LIST,  /* GPtrArray of structs: a list of mappings */
    FIELD_SECTION_BASIS, /* no value of its own: read into the sections that inherit it, before their own
                          * keys */
    FIELD_RESOLVED,      /* no value of its own: resolved in the YAML tree before sections are read */
} FieldKind;

/* The most fields in one section: a guint64 marks the fields seen, where none may occur twice. */
#define SECTION_MAX_FIELDS 64u

/* The names of an enum's values. */
typedef struct {
    guint count; /* values 0 .. count - 1; one whose name is NULL cannot be chosen */
    const char *(*name)(guint value);
    const char *const *aliases; /* other spellings, each before the name it stands for; NULL-terminated. May
                                 * be NULL */
} FieldChoices;

/* Checks a string and returns its normal form, owned by the caller, or NULL with ERROR_CONFIG. */
typedef char *(*FieldNormalise)(const char *text, GError **error);

/* Adds a pair to a list. FALSE with ERROR_CONFIG if it is invalid. */
typedef gboolean (*FieldAddPair)(GPtrArray *pairs, const char *name, const char *value, GError **error);

typedef struct Section Section;

/* Where a top-level key may stand in a configuration that has `jobs`. */
typedef enum {
    FIELD_OF_FILE, /* at the top: it is shared by all jobs */
    FIELD_OF_JOB,  /* in each job */
    FIELD_OF_BOTH, /* at the top for the jobs that do not have it */
} FieldPlace;

typedef struct {
    const char *name;
    FieldKind kind;
    gsize offset; /* in the section's struct */
    const char *help;
    gboolean is_required;
    gboolean inherits;   /* FIELD_SECTION: from the top-level FIELD_SECTION_BASIS of the same name */
    const char *initial; /* the default as written in a file, patterns separated by spaces; may be NULL */
    guint64 min, max;    /* of a number; for a list, max is the most items */
    const char *zero;    /* UINT, SIZE, DURATION: the word that is stored as 0 ("auto"); may be NULL */
    const FieldChoices *choices;
    FieldNormalise normalise; /* for a string */
    FieldAddPair add_pair;    /* for PAIRS */
    const Section *section;
    const char *form; /* RESOLVED: the valid values, for people */
    FieldPlace place; /* of a field of the configuration */
} Field;

struct Section {
    const Field *fields;
    guint n_fields;
    gsize size_bytes; /* of the struct */
};

/* Fills a struct with the defaults. Previous content is not freed. */
void section_init(const Section *section, void *base);

/* Frees the struct's content. */
void section_clear(const Section *section, void *base);

/* Adds a new struct with the defaults to a FIELD_SECTION_LIST, which owns it. NULL if the list is full. */
void *section_append(const Field *field, void *base);

/* The field of this name, or NULL. */
const Field *section_find(const Section *section, const char *name);

/* The name of a field that name is probably a misspelling of, or NULL. */
const char *section_suggest(const Section *section, const char *name);

/* Numbers (UINT to SET): field_parse_number() parses a scalar, field_set_number() stores a number after
 * checking its range. FALSE if it is not a number or out of range: field_expects() describes what is
 * valid. */
gboolean field_parse_number(const Field *field, const char *text, guint64 *ret_number);
gboolean field_set_number(const Field *field, void *base, guint64 number);
guint64 field_get_number(const Field *field, const void *base);

/* Removes the default numbers of a FIELD_SET, before others are added. */
void field_clear_set(const Field *field, void *base);

/* FIELD_SET: adds one number. FALSE if text is not a number, out of range, or already in the set. */
gboolean field_add_number(const Field *field, void *base, const char *text);

/* Stores a text after checking it; for PATTERNS, adds one. Class ERROR_CONFIG. */
gboolean field_set_text(const Field *field, void *base, const char *text, GError **error);

/* Removes the default patterns, before others are added. */
void field_clear_patterns(const Field *field, void *base);

/* The address of the field's value. */
void *field_address(const Field *field, void *base);

/* Describes the valid values, such as "a whole number from 1 to 100". Owned by the caller. */
char *field_expects(const Field *field);
