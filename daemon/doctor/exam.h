/* Tests one store for `thumbmill doctor`: tries what a run needs from it, in a task (concurrent/task.h), and
 * adds a finding for each step. Nothing is changed in the source; in the destination a probe object is
 * stored, read and deleted. Used by the supervisor. */
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
    const char *probe;   /* the key of the probe object */
    GPtrArray *findings; /* the findings are added here */
} Exam;

/* The contents of the probe object. */
#define EXAM_PROBE_TEXT "thumbmill doctor"

/* These run in a task, and return early when it is cancelled. */
void exam_bucket(const Exam *exam);
void exam_directory(const Exam *exam);

/* Reads the recipes in force at a destination and compares the configuration with them. Adds nothing if they
 * are not kept. */
void exam_recipes(const Exam *exam);

/* Adds the finding that a source has no object below its URL. Always returns TRUE: the source could be
 * listed. */
gboolean exam_note_nothing_listed(const Exam *exam);

/* Adds a finding of this store. */
void exam_note(const Exam *exam, const char *check, FindingState state, const char *words,
               const char *advice);
