/* Writes what became of each object of a run, as it becomes known: `report.objects`. A line for each
 * object, in CSV with the columns of an S3 Batch Operations report, or as JSON (docs/JSON.md). It needs no
 * memory for what is written, and is complete up to the last flush whatever ends the process. Used by the
 * supervisor. Single-threaded. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "config/model.h"

typedef struct FateLog FateLog;

/* Creates report.objects anew; the name decides the form. NULL, without an error, if it is not configured.
 * A file that is there is replaced, and kept by whoever still writes to it. Class ERROR_PERMANENT. */
FateLog *fate_log_open(const Config *config, GError **error);

/* An object is settled. result: a word, such as "done". error: why it failed; else NULL. log may be NULL. */
void fate_log_add(FateLog *log, const char *key, const char *result, const GError *error);

/* Writes what was added. The first failure to write is returned, later ones are ignored: FALSE with class
 * ERROR_PERMANENT. log may be NULL. */
gboolean fate_log_flush(FateLog *log, GError **error);

/* Does not flush. log may be NULL. */
void fate_log_free(FateLog *log);
