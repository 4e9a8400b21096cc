/* Reads a list of keys, as it arrives, in constant memory: one a line, separated by NUL, or a CSV manifest
 * whose keys are URL-encoded. What cannot be a key is told with the number of its line.
 *
 * CSV: RFC 4180, without a header. The columns of S3 Batch Operations are bucket, key, version (Amazon S3
 * User Guide, "Specifying a manifest"); those of an Inventory are listed in its manifest.json. In both a
 * space of a key may be '+'. Used by the main process. Pure. */
#pragma once

#include <glib.h>

typedef enum {
    KEY_LIST_LINES, /* a CR before the end of the line is no part of the key; empty lines are ignored */
    KEY_LIST_NUL,
    KEY_LIST_CSV,
} KeyListForm;

/* Numbers of columns of a CSV file, from 0; negative if it has no such column. */
typedef struct {
    int bucket;
    int key;
    int is_latest;        /* "false" for an old version, which is left out */
    int is_delete_marker; /* "true" for one, which is left out */
} KeyListColumns;

/* The columns of a manifest of S3 Batch Operations. */
/* clang-format off */
#define KEY_LIST_BATCH_COLUMNS ((KeyListColumns){.bucket = 0, .key = 1, .is_latest = -1, .is_delete_marker = -1})
/* clang-format on */

typedef struct {
    KeyListForm form;
    KeyListColumns columns; /* of CSV */
    const char *bucket;     /* CSV: objects of other buckets are left out; borrowed */
    const char
        *prefix; /* CSV: objects whose keys do not begin with it are left out, and it is removed; borrowed */
    gboolean is_utf8; /* other keys cannot be */
    void (*on_key)(const char *key, void *data);
    void (*on_left_out)(void *data);
    /* A line, counted from 1, is no key; reason completes "line 3 ...". */
    void (*on_problem)(guint64 line, const char *reason, void *data);
    void *data;
} KeyListOptions;

typedef struct KeyList KeyList;

KeyList *key_list_new(const KeyListOptions *options);

/* Reads the next bytes: calls the functions for each key that is complete. */
void key_list_add(KeyList *list, const char *bytes, gsize n_bytes);

/* The list has ended: reads what follows the last separator. Another list may follow. */
void key_list_end(KeyList *list);

/* NULL is allowed. */
void key_list_free(KeyList *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyList, key_list_free)
