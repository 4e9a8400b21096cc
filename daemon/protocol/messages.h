/* What the roles say to each other, as data: the targets of each child, with the types of their arguments and
 * results.
 *
 *   thumbmill -> supervisor   run, release, probe, explain,        (concurrent)      notes: progress, log,
 *                             examine, stop, ping, workers, scale,                 plan
 *                             terminate
 *   supervisor -> worker      object, explain, describe            (concurrent)      note: imager
 *                                                                                    question: sign
 *   worker -> imager          render, explain                      (one at a time)
 *   thumbmill -> imager       the same, for previews
 *
 * Each is carried by a process executor (concurrent/), which checks type and outstanding calls. What is
 * packed and unpacked in more than one place has functions here; the more trusted side checks the values. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/request_counters.h"
#include "daemon/protocol/occupancy.h"
#include "recipe/recipe.h"
#include "recipe/render_limits.h"

/* What a supervisor is to do, one thing at a time: run, explain, examine and probe begin with the
 * configuration and the user's environment (supervisor_client_order()).
 *
 * run: dry run; what another supervisor has in flight still, and is to be held until the next `release`
 * (daemon/supervisor/held.h): keys of objects, and the memory that these may use -> a report
 * (batch/report.h). Fails with ERROR_CONFIG or ERROR_PERMANENT when a store or the credentials are unusable.
 */
#define TARGET_RUN    "run"
#define HELD_TYPE     "(aayt)"
#define RUN_MORE_TYPE "(b" HELD_TYPE ")"
#define RUN_ARGS_TYPE "(a{sv}a{ss}" RUN_MORE_TYPE ")"

/* What follows configuration and environment, floating. held: of HELD_TYPE; NULL: nothing. */
GVariant *run_more_to_variant(gboolean dry_run, GVariant *held);

/* release: that supervisor has ended. Answered with (). */
#define TARGET_RELEASE "release"

/* explain: what a run would make of one object, for people. From the main process: its key, relative to
 * source.url; a worker's takes what `object` takes, and puts nothing; an imager's what `render` takes. The
 * answer is an explanation (imaging/planning/explanation.h), which only the imager and the main process look
 * into. */
#define TARGET_EXPLAIN      "explain"
#define EXPLAIN_ARGS_TYPE   "(a{sv}a{ss}ay)"
#define EXPLAIN_RESULT_TYPE "(v)"

/* examine: what of credentials and stores works -> findings (daemon/protocol/findings.h). */
#define TARGET_EXAMINE    "examine"
#define EXAMINE_ARGS_TYPE "(a{sv}a{ss})"

/* probe: -> () when both stores have answered. Fails as run does, and with ERROR_TRANSIENT. */
#define TARGET_PROBE    "probe"
#define PROBE_ARGS_TYPE "(a{sv}a{ss})"

/* workers: the workers of the pass under way, each as a dictionary for whoever shows it: slot, pid, alive,
 * state, task and seconds (of the oldest object that it has), tasks_held, tasks_done, age_s, memory_bytes,
 * restarts, obituary (of the last one that died in its place). */
#define TARGET_WORKERS      "workers"
#define WORKERS_RESULT_TYPE "(aa{sv})"

/* scale: the number of workers, of the order under way and its pass. Answered with (). */
#define TARGET_SCALE    "scale"
#define SCALE_ARGS_TYPE "(u)"

/* terminate: the worker with this pid; its objects go to another. Answered with (); fails with ERROR_INPUT if
 * there is none. */
#define TARGET_TERMINATE    "terminate"
#define TERMINATE_ARGS_TYPE "(u)"

/* ping: answered at once, with (): it is alive. */
#define TARGET_PING "ping"

/* stop: TRUE: at once; FALSE: finish what is in flight. Answered with that when understood: nothing if it is
 * more than HELD_MAX_BYTES. */
#define TARGET_STOP      "stop"
#define STOP_ARGS_TYPE   "(b)"
#define STOP_RESULT_TYPE "(m" HELD_TYPE ")"

/* Keys that are held, in all: a part of a message (LIMIT_MESSAGE_BYTES). A thousand of the longest, and more
 * than ten thousand common ones. */
#define HELD_MAX_BYTES (1u << 20)

/* Notes of a run: how far it is; a log record; an output that a dry run would make (source key, output key).
 */
#define NOTE_PROGRESS      "progress"
#define NOTE_PROGRESS_TYPE "(ttttttbtux)"
#define NOTE_LOG           "log"
#define NOTE_LOG_TYPE      "(isa{ss})"
#define NOTE_PLAN          "plan"
#define NOTE_PLAN_TYPE     "(ss)"

/* A store that is away, or has no room, and is waited for. */
typedef enum { WAITS_FOR_NOTHING, WAITS_FOR_SOURCE, WAITS_FOR_DESTINATION } WaitsFor;

typedef struct {
    guint64 listed, done, skipped, failed; /* objects */
    guint64 made;                          /* outputs */
    guint64 in_flight;                     /* objects with workers */
    gboolean all_listed;                   /* `listed` will not grow */
    guint64 total;     /* what `listed` will be in the end: known if all are listed, else a guess; 0: none */
    guint32 waits_for; /* WaitsFor */
    gint64 waits_since_s; /* Unix seconds; 0: nothing is waited for */
} Progress;

GVariant *progress_to_variant(const Progress *progress);
gboolean progress_from_variant(GVariant *variant, Progress *ret_progress);

/* A worker's initializer: CA files of source and destination (empty: the system's), attempts per request,
 * whether the ETags that answer uploads are compared, of its imager the task limit in ms and the tasks until
 * it is replaced, proxies (s3/http/http_proxies.h; empty: none), for ASK_SIGN the Checksum (s3/checksum.h)
 * and whether payloads are signed, its imager's IMAGER_INIT_TYPE, and what its sandbox leaves open: the
 * directory of the source, whether links lead out of it, the directory of the destination (empty: a bucket),
 * the TCP ports of servers and proxies, and the permissions of what it makes in a directory. */
#define WORKER_REACH_TYPE "(sbsaqu)"
#define WORKER_INIT_TYPE  "(ssubxusssub" IMAGER_INIT_TYPE WORKER_REACH_TYPE ")"

/* object: get one source, render, put its outputs. Always answered with a result: also an object that failed
 * has counters to report. */
#define TARGET_OBJECT "object"

typedef struct {
    guint number;           /* of the output in the configuration */
    char *reference;        /* where to put it: store/; empty: ASK_SIGN tells */
    char **headers;         /* lines "Name: value" that must be sent with it, NULL-terminated */
    gboolean keep_existing; /* put it only if there is nothing */
    Recipe recipe;
} TaskOutput;

#define SIZE_UNKNOWN G_MAXUINT64

typedef struct {
    char *name;         /* the key, quoted: for errors only */
    char *reference;    /* where to get it */
    char *etag;         /* as listed; empty if unknown */
    guint64 size_bytes; /* as listed, or SIZE_UNKNOWN */
    guint64 max_source_bytes;
    RenderLimits limits;
    GArray *outputs; /* of TaskOutput */
} ObjectTask;

#define OBJECT_ARGS_TYPE "(ssstt" RENDER_LIMITS_VARIANT_TYPE "a(usasb" RECIPE_VARIANT_TYPE "))"

/* Takes nothing over. */
GVariant *object_task_to_variant(const ObjectTask *task);
ObjectTask *object_task_from_variant(GVariant *variant, GError **error);
ObjectTask *object_task_new(void);
const TaskOutput *object_task_output(const ObjectTask *task, guint i);

/* Adds an output that is to be made and put nowhere. */
void object_task_add_recipe(ObjectTask *task, guint number, const Recipe *recipe);
void object_task_free(ObjectTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObjectTask, object_task_free)

typedef struct {
    guint number;       /* of the output in the configuration */
    GError *error;      /* NULL: it was made */
    guint64 size_bytes; /* of what was put */
    gboolean existed;   /* nothing was put: it was there by then; with an error: what is there is no good */
} OutputResult;

/* What a worker did since its last result. */
typedef struct {
    guint64 get, check, put, retries, connections;
    guint64 retry_reasons[RETRY_REASON_COUNT]; /* by RetryReason */
    ImagerTimes imager;
} TransferCounters;

typedef struct {
    GError *error; /* the object as a whole failed; outputs is empty then */
    guint64 bytes_in;
    guint64 memory_bytes; /* not 0: it needs so much, and more of that or of time than its task allowed; it
                           * was not decoded, and outputs is empty */
    GArray *outputs;      /* of OutputResult */
    GStrv warnings;       /* what was wrong with the source, and ignored; NULL: nothing was */
    TransferCounters counters;
} ObjectResult;

#define OBJECT_RESULT_TYPE "(m(is)tta(um(is)tb)as(ttttt)at(ttt))"

ObjectResult *object_result_new(void);
GVariant *object_result_to_variant(const ObjectResult *result);
ObjectResult *object_result_from_variant(GVariant *variant, GError **error);
void object_result_free(ObjectResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObjectResult, object_result_free)

/* Warnings of a rendering that are kept, and the bytes of each: they are for people to read. */
#define WARNINGS_MAX       8u
#define WARNINGS_MAX_BYTES 512u

/* An array of strings from another process, within these limits: the rest is dropped. Owned by the caller. */
GStrv warnings_from_variant(GVariant *list);

/* A worker's note about its imager: TRUE: one was started; FALSE: one died, and its obituary. */
#define NOTE_IMAGER      "imager"
#define NOTE_IMAGER_TYPE "(bs)"

/* sign: a worker's question about the `object` that it has rendered, if the outputs came without references
 * (daemon/dispatch/countersign.h). Of each: its number, its ImageFormat, the SHA-256 of its bytes in hex, and
 * its checksum in base64, each empty if it is not configured -> of each, in the same order, its reference and
 * all lines "Name: value" that must be sent with it. */
#define ASK_SIGN           "sign"
#define SIGN_QUESTION_TYPE "a(uuss)"
#define SIGN_ANSWER_TYPE   "a(sas)"

/* An imager's initializer: whether it works behind an incomplete sandbox, the largest output that it may
 * make, and the memory that all imagers together may take; 0: not limited. */
#define IMAGER_INIT_TYPE "(btt)"

/* render: the source in sealed memory, empty memory files (an imager makes none itself), its size limit, what
 * a rendering may take, recipes -> the memory that it takes; for each recipe why it could not be made (an
 * error's class and message), or the encoded bytes in sealed memory, width, height, the format (ImageFormat)
 * that was encoded, frames, quality and ms, for none if the memory is more than it may take; and warnings. */
#define TARGET_RENDER      "render"
#define RENDER_ARGS_TYPE   "(haht" RENDER_LIMITS_VARIANT_TYPE "a" RECIPE_VARIANT_TYPE ")"
#define RENDERED_TYPE      "(m(is)m(huuuuuu))"
#define RENDER_RESULT_TYPE "(ta" RENDERED_TYPE "as)"

/* describe: () -> libvips' version, its vector code, for each format and direction (TRUE: written) the
 * library, remarks on this version and what ends them; the errno of seccomp and Landlock, 0 for what is in
 * force, Landlock's version, what the sandbox lacks, in words, and the system calls that it has denied
 * unexpectedly. */
#define TARGET_DESCRIBE  "describe"
#define DESCRIPTION_TYPE "(ssa(ubs)a(ss)iiiss)"

/* A worker's: the errno of seccomp and Landlock, what Landlock restricts, its privileges, in words, and the
 * system calls that were denied. */
#define WORKER_DESCRIPTION_TYPE "(iisss)"

/* Memory files that a rendering needs at most: of each output one, a second one while the quality is searched
 * that keeps a limit, one for a trial of an encoder, and one for an answer that is large. */
guint object_task_count_files(const ObjectTask *task);

/* The arguments of a task's rendering, floating. In the list of descriptors, source and files are the indices
 * of the source and of the first of n_files memory files. */
GVariant *object_task_render_args(const ObjectTask *task, gint32 source, gint32 files, guint n_files);
