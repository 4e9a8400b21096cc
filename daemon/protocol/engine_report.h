/* The report of an imager about its machine: the image libraries, and the state of its sandbox.
 *
 * Used by the main process (doctor, --version, and the warning about an incomplete sandbox), which links no
 * libvips. */
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
    GArray *notes;         /* of EngineNote: what is slow or broken in these versions */
    gint32 seccomp_errno;  /* 0 if in force */
    gint32 landlock_errno; /* 0 if in force */
    gint32 landlock_abi;
    char *lacks;  /* what the sandbox lacks, as text; "" if nothing */
    char *denied; /* system calls that the sandbox denied unexpectedly; "" if none */
} EngineReport;

/* Starts an imager that accepts an incomplete sandbox, and asks it for its report, which takes some 100 ms.
 * NULL on failure, with the errors of imager_start() and of executors. */
EngineReport *engine_report_ask(GError **error);

/* Asks a running imager: the report includes the system calls that its earlier tasks were denied. Fails as
 * executor_submit() and futures do. */
EngineReport *engine_report_of(ProcessExecutor *imager, GError **error);

/* Adds the report to the findings (daemon/protocol/findings.h). best_effort: whether the configuration
 * tolerates an incomplete sandbox. */
void engine_report_add(const EngineReport *report, gboolean best_effort, GPtrArray *findings);

/* The report as described in docs/JSON.md. Owned by the caller. */
json_t *engine_report_json(const EngineReport *report);

void engine_report_free(EngineReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EngineReport, engine_report_free)

/* Has an imager print its description, lines for people, on standard output, for --version. FALSE if there is
 * no description. */
gboolean engine_report_print(void);
