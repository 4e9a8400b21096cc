/* What an imager says of the machine that it runs on: libraries, and the state of its sandbox.
 *
 * Used by the main process (doctor, --version, and the warning about a sandbox that is not complete), which
 * links no libvips. */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "concurrent/process_executor.h"
#include "recipe/format.h"

typedef struct {
    ImageFormat format;
    gboolean encodes; /* FALSE: decodes */
    char *library;
} EngineCodec;

typedef struct {
    char *text;
    char *way_out;
} EngineNote;

typedef struct {
    char *libvips;         /* "8.14.1" */
    char *vector;          /* "highway", "liborc", "none" */
    GArray *codecs;        /* of EngineCodec */
    GArray *notes;         /* of EngineNote: what is slow or wrong with these versions */
    gint32 seccomp_errno;  /* 0: in force */
    gint32 landlock_errno; /* 0: in force */
    gint32 landlock_abi;
    char *lacks;  /* of the sandbox, in words; "" if nothing */
    char *denied; /* system calls that the sandbox has denied unexpectedly; "" if none */
} EngineReport;

/* Starts an imager that also works behind an incomplete sandbox, and asks it: some 100 ms. NULL, as
 * imager_start() and executors fail. */
EngineReport *engine_report_ask(GError **error);

/* Asks one that runs: its answer holds the system calls that were denied to its tasks before. Fails as
 * executor_submit() and futures do. */
EngineReport *engine_report_of(ProcessExecutor *imager, GError **error);

/* Adds what it says to the findings (daemon/protocol/findings.h). best_effort: whether the configuration
 * bears an incomplete sandbox. */
void engine_report_add(const EngineReport *report, gboolean best_effort, GPtrArray *findings);

/* As docs/JSON.md has it. Owned by the caller. */
json_t *engine_report_json(const EngineReport *report);

void engine_report_free(EngineReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EngineReport, engine_report_free)

/* The lines for people that an imager writes to standard output by itself, for --version. FALSE if there is
 * none. */
gboolean engine_report_print(void);
