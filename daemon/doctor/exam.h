/* The examination of one store for `thumbmill doctor`: what a run needs of it is tried, in a task
 * (concurrent/task.h), and each step is a finding. Of the source nothing is changed; at the destination an
 * object of our own is put, read and removed. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "concurrent/loop.h"
#include "config/model.h"
#include "daemon/protocol/findings.h"
#include "store/store.h"

typedef struct {
    Loop *loop;
    const Config *config;
    Store *store;
    const char *subject; /* "source", "destination" */
    gboolean is_destination;
    const char *probe;   /* the key of our own object */
    GPtrArray *findings; /* to add to */
} Exam;

/* What our own object holds. */
#define EXAM_PROBE_TEXT "thumbmill doctor"

/* In a task. They return early when that is cancelled. */
void exam_bucket(const Exam *exam);
void exam_directory(const Exam *exam);

/* Adds the finding that a source has no object below its url. TRUE: it could be listed. */
gboolean exam_note_nothing_listed(const Exam *exam);

/* Adds a finding of this store. */
void exam_note(const Exam *exam, const char *check, FindingState state, const char *words,
               const char *advice);
