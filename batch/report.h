/* The report of one run: counters, times and the objects that failed, and its JSON form (`--report FILE`).
 *
 * The supervisor fills it and sends it to the main process as a GVariant; the main process adds the fields
 * that only it knows and writes the file. The field names in the JSON are a stable interface.
 * Single-threaded. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/request_counters.h"

/* The most failures kept, and the most bytes of their texts, so that a report fits into one message
 * (LIMIT_MESSAGE_BYTES); others are only counted. */
#define REPORT_MAX_FAILURES      10000u
#define REPORT_MAX_FAILURE_BYTES (3u << 20)

/* A longer reason is cut; an output's name and a key are never longer. */
#define REPORT_MAX_REASON_BYTES 1024u

typedef struct {
    char *key;    /* UTF-8: a key that is not UTF-8 is converted by quote_key() */
    char *output; /* or NULL for the object as a whole */
    ErrorClass class;
    char *reason;
} ReportFailure;

struct FateLog;

/* Counters may be changed directly; run, version and failures only through functions. */
typedef struct {
    char *run;
    char *job; /* the job's name; NULL until the main process sets it */
    char *version;
    double seconds;
    double cpu_seconds; /* of all processes */
    gint32 exit;        /* the exit code of the command, 0 .. 5 */
    gboolean dry_run;   /* "done", "made" and "bytes.in" are what a real run would do; dry_run and error are
                         * set by the main process */
    char *scope; /* what the run was limited to, for people; NULL if to nothing. Set by the main process */
    char *error; /* why there was no pass at all; NULL if there was one */
    struct {
        guint64 listed, done, skipped, failed;
        guint64 remembered; /* not tried: they failed permanently before, and nothing has changed since */
        guint64 postponed;  /* not tried: they failed temporarily in several runs, and rest */
    } objects;
    struct {
        guint64 outside;      /* originals that were listed and are not in the scope */
        guint64 absent;       /* keys of a list that the source does not have; so are the next two */
        guint64 not_selected; /* that the configuration does not select */
        guint64 duplicate;    /* that were on the list before */
        guint64 invalid;      /* lines of a list that are no keys */
    } left_out;
    struct {
        guint64 up_to_date, archived;
        guint64 unmatched;           /* no output is made from them */
        guint64 unlisted;            /* it is not known whether their outputs exist */
        guint64 other_recipe;        /* of another recipe, and left so */
        guint64 older_configuration; /* outputs are missing or stale, but the configuration is an older one */
    } skip_reasons;                  /* these add up to objects.skipped */
    struct {
        guint64 source, destination;
    } unlisted; /* parts of a directory that could not be listed: if any, its listing is incomplete */
    struct {
        guint64 made, up_to_date;
    } outputs;
    struct {
        guint64 missing, older; /* than their original */
        guint64
            other_recipe; /* newer than their original, and made with another recipe than the present one */
        guint64 left;     /* of other_recipe: not to be made again */
        guint64 withheld; /* of missing and older: not to be made, as the configuration is older than the
                                 * recipe in force */
    } comparison;         /* outputs that were found not to be up to date */
    struct {
        guint64 adopted; /* their recipe was not known; what exists counts as made with it */
        guint64 changed; /* their recipe is another one than before */
        guint64 former;  /* the configuration is older than their recipe in force */
    } recipes;           /* outputs of the configuration */
    struct {
        guint64 found; /* objects at the destination that have an output's key, and no original */
        guint64 deleted;
        guint64 resting; /* of these, and all others that follow: not long enough an orphan */
        guint64 foreign; /* without our provenance */
        guint64 kept;    /* an original or the object itself has changed meanwhile */
        guint64 refused; /* too many, or the source was not listed completely */
        guint64 failed;  /* a store did not answer, or refused */
    } orphans;           /* the last six add up to found, unless the run was stopped */
    struct {
        guint64 right;   /* outputs that were looked at, and nothing was found */
        guint64 foreign; /* of the outputs that were looked at: without our provenance */
        guint64 missing, older, other_recipe, other_source, empty, type, undecodable, size,
            unreachable;   /* outputs, as in batch/difference.h */
        guint64 unplanned; /* decoded outputs whose size was not compared: their original cannot be read */
    } verify;              /* counted by `verify` only */
    struct {
        guint64 in, out;
    } bytes;
    RequestCounters requests; /* retry_reasons add up to retries */
    struct {
        guint64 workers_started, imagers_started, crashes;
    } processes;
    GPtrArray *failures; /* of ReportFailure */
    gsize failure_bytes; /* of the texts in failures */
    guint64 failures_truncated;
    struct FateLog *fates; /* is told what became of each object (batch/fate_log.h); borrowed, may be NULL */
} RunReport;

/* Returns a report with all counters 0, this run id (UTF-8, up to 64 bytes) and our version. */
RunReport *report_new(const char *run);

/* Stores a failure, or counts it in failures_truncated if there are too many. Changes no other counter.
 * output may be NULL. Text that is not UTF-8 is escaped. */
void report_add_failure(RunReport *report, const char *key, const char *output, ErrorClass class,
                        const char *reason);

/* The number of objects that were not tried because of earlier failures in the ledger. */
guint64 report_left_alone(const RunReport *report);

/* Returns a floating variant of REPORT_VARIANT_TYPE, smaller than LIMIT_MESSAGE_BYTES. */
#define REPORT_VARIANT_TYPE "(ssddia{st}a(smsis)t)"
GVariant *report_to_variant(const RunReport *report);

/* Class ERROR_INTERNAL: another type; an unknown, missing or duplicate counter; a number or size out of
 * range. */
RunReport *report_from_variant(GVariant *variant, GError **error);

/* One JSON object and a newline. Owned by the caller. */
char *report_to_json(const RunReport *report);

/* The reports of several jobs (of RunReport, at least one) as one JSON object; of one job, its report
 * alone. Owned by the caller. */
char *report_list_to_json(const GPtrArray *reports);

/* The exit code of a command that worked on these jobs: the highest of theirs. */
gint32 report_list_exit(const GPtrArray *reports);

/* Writes report_list_to_json() to path, as base/output_file.h says. Class ERROR_PERMANENT. */
gboolean report_list_write(const GPtrArray *reports, const char *path, GError **error);

void report_free(RunReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunReport, report_free)
