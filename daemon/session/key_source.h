/* Where a list of keys comes from: a file or standard input, the failures of a report, or a manifest. It is
 * read as it is needed. Used by the main process; the supervisor gets the keys (daemon/session/key_feed.h). */
#pragma once

#include <glib.h>

#include "batch/key_list.h"

/* The name that stands for standard input. */
#define KEY_SOURCE_STDIN "-"

typedef struct KeySource KeySource;

struct KeySource {
    char *name;             /* for people: "the keys in list.txt" */
    KeyListForm form;       /* of what is read */
    KeyListColumns columns; /* of CSV */
    int fd;                 /* to be polled before it is read; -1 if it can be read at any time */
    /* Reads up to n_bytes, and returns how many; 0 at the end. Negative on failure, with class
     * ERROR_PERMANENT or ERROR_INPUT. */
    gssize (*read)(KeySource *source, char *buffer, gsize n_bytes, GError **error);
    void (*free)(KeySource *source);
};

/* A file, or standard input. Class ERROR_CONFIG if it cannot be opened. */
KeySource *key_source_file(const char *path, KeyListForm form, GError **error);

/* The originals that a report (batch/report.h) names as failed, each once. Class ERROR_CONFIG if it is no
 * report. *ret_truncated: how many more failures the report only counts. */
KeySource *key_source_report(const char *path, guint64 *ret_truncated, GError **error);

/* The name of a source: what it is, and its path, quoted. Owned by the caller. */
char *key_source_name(const char *what, const char *path);

/* NULL is allowed. */
void key_source_free(KeySource *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeySource, key_source_free)
