/* The messages between the roles, as data: the targets of each child, with the types of their arguments and
 * results.
 *
 *   thumbmill -> supervisor   run, release, probe, explain,        (concurrent)      notes: progress, log,
 *                             examine, stop, in-flight, ping,                      plan
 *                             workers, scale, terminate
 *   supervisor -> worker      object, explain, describe            (concurrent)      note: imager
 *                                                                                    question: sign
 *   worker -> imager          render, explain                      (one at a time)
 *   thumbmill -> imager       the same, for previews
 *
 * Each message is carried by a process executor (concurrent/), which checks its type and limits the
 * outstanding calls. Messages that are packed and unpacked in more than one place have functions here; the
 * values are checked by the more trusted side. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/request_counters.h"
#include "daemon/protocol/occupancy.h"
#include "recipe/recipe.h"
#include "recipe/render_limits.h"

/* Targets of a supervisor. It performs one of run, explain, examine and probe at a time; their arguments
 * begin with the configuration and the user's environment (supervisor_client_order()).
 *
 * run: a pass over the stores (RunOrder) -> a report (batch/report.h). Fails with ERROR_CONFIG or
 * ERROR_PERMANENT if a store or the credentials are unusable. */
#define TARGET_RUN    "run"
#define HELD_TYPE     "(aayt)"
#define RUN_MORE_TYPE "(bmasbs" HELD_TYPE ")"
#define RUN_ARGS_TYPE "(a{sv}a{ss}" RUN_MORE_TYPE ")"

/* What a pass is to do. All zero: make what is missing or older than its original. */
typedef struct {
    gboolean dry_run;
    const char *const *remake; /* outputs to make again if their recipe has changed; empty: all; NULL: none */
    gboolean is_collection;    /* make nothing, and delete orphans */
    const char *max_delete;    /* in place of the configuration's; NULL: not */
    GVariant *held; /* what another supervisor still has in flight, to be held until the next `release`
                     * (daemon/supervisor/held.h): keys of objects, and the memory that these may use. Of
                     * HELD_TYPE, or NULL; consumed if it is floating */
} RunOrder;

/* The arguments after configuration and environment, floating. */
GVariant *run_order_to_variant(const RunOrder *order);

/* release: the other supervisor has ended. Answered with (). */
#define TARGET_RELEASE "release"

/* explain: what a run would make of one object, for people. The main process passes the object's key,
 * relative to source.url; a worker takes the arguments of `object`, but uploads nothing; an imager takes
 * those of `render`. The answer is an explanation (imaging/planning/explanation.h), which only the imager and
 * the main process read. */
#define TARGET_EXPLAIN      "explain"
#define EXPLAIN_ARGS_TYPE   "(a{sv}a{ss}ay)"
#define EXPLAIN_RESULT_TYPE "(v)"

/* examine: tests credentials and stores -> findings (daemon/protocol/findings.h). */
#define TARGET_EXAMINE    "examine"
#define EXAMINE_ARGS_TYPE "(a{sv}a{ss})"

/* probe: answered with () once both stores have responded. Fails as run does, and with ERROR_TRANSIENT. */
#define TARGET_PROBE    "probe"
#define PROBE_ARGS_TYPE "(a{sv}a{ss})"

/* workers: the workers of the current pass, each as a dictionary for display: slot, pid, alive, state, task
 * and seconds (of its oldest object), tasks_held, tasks_done, age_s, memory_bytes, restarts, obituary (of the
 * last worker that died in this slot). */
#define TARGET_WORKERS      "workers"
#define WORKERS_RESULT_TYPE "(aa{sv})"

/* scale: sets the number of workers for the current order and its pass. Answered with (). */
#define TARGET_SCALE    "scale"
#define SCALE_ARGS_TYPE "(u)"

/* terminate: ends the worker with this pid; its objects go to another worker. Answered with (); fails with
 * ERROR_INPUT if there is no such worker. */
#define TARGET_TERMINATE    "terminate"
#define TERMINATE_ARGS_TYPE "(u)"

/* ping: answered at once with (), as a sign of life. */
#define TARGET_PING "ping"

/* stop: TRUE: stop at once; FALSE: finish what is in flight. Answered with () as soon as it is accepted. */
#define TARGET_STOP    "stop"
#define STOP_ARGS_TYPE "(b)"

/* in-flight: what the pass has in flight (HELD_TYPE), or nothing if that exceeds HELD_MAX_BYTES. Complete if
 * the pass was told to stop before. */
#define TARGET_IN_FLIGHT      "in-flight"
#define IN_FLIGHT_RESULT_TYPE "(m" HELD_TYPE ")"

/* Limit for all held keys together, which are part of a message (LIMIT_MESSAGE_BYTES). Enough for a thousand
 * of the longest keys, and for more than ten thousand common ones. */
#define HELD_MAX_BYTES (1u << 20)

/* Notes of a run: its progress; a log record; an output that a dry run would make (source key, output
 * key). */
#define NOTE_PROGRESS      "progress"
#define NOTE_PROGRESS_TYPE "(ttttttbtux)"
#define NOTE_LOG           "log"
#define NOTE_LOG_TYPE      "(isa{ss})"
#define NOTE_PLAN          "plan"
#define NOTE_PLAN_TYPE     "(ss)"

/* The store that the run waits for, because it is unreachable or has no room. */
typedef enum { WAITS_FOR_NOTHING, WAITS_FOR_SOURCE, WAITS_FOR_DESTINATION } WaitsFor;

typedef struct {
    guint64 listed, done, skipped, failed; /* objects */
    guint64 made;                          /* outputs */
    guint64 in_flight;                     /* objects with workers */
    gboolean all_listed;                   /* `listed` will not grow */
    guint64 total;     /* the final value of `listed`: exact if all are listed, else estimated; 0: unknown */
    guint32 waits_for; /* WaitsFor */
    gint64 waits_since_s; /* Unix seconds; 0 if nothing is waited for */
} Progress;

GVariant *progress_to_variant(const Progress *progress);
gboolean progress_from_variant(GVariant *variant, Progress *ret_progress);

/* A worker's initializer, in this order:
 * - CA files of source and destination (empty: the system's)
 * - attempts per request
 * - whether the ETags in upload responses are compared
 * - for its imager: the task timeout in ms, and the number of tasks until it is replaced
 * - proxies (s3/http/http_proxies.h; may be empty)
 * - for ASK_SIGN: the Checksum (s3/checksum.h), and whether payloads are signed
 * - its imager's IMAGER_INIT_TYPE
 * - what its sandbox leaves accessible: the directory of the source, whether links lead out of it, the
 *   directory of the destination (empty: a bucket), the TCP ports of servers and proxies, and the permissions
 *   of files that it creates in a directory */
#define WORKER_REACH_TYPE "(sbsaqu)"
#define WORKER_INIT_TYPE  "(ssubxusssub" IMAGER_INIT_TYPE WORKER_REACH_TYPE ")"

/* object: downloads one source, renders it, and uploads its outputs. Always answered with a result, because
 * an object that failed has counters to report, too. */
#define TARGET_OBJECT "object"

typedef struct {
    guint number;           /* of the output in the configuration */
    char *reference;        /* URL or file to upload to: see store/; empty: the answer to ASK_SIGN contains it
                             */
    char **headers;         /* lines "Name: value" that must be sent with the upload, NULL-terminated */
    gboolean keep_existing; /* upload only if the destination has no such object */
    Recipe recipe;
} TaskOutput;

#define SIZE_UNKNOWN G_MAXUINT64

typedef struct {
    char *name;         /* the key, quoted: only for error texts */
    char *reference;    /* where to download it */
    char *etag;         /* as listed; empty if unknown */
    guint64 size_bytes; /* as listed, or SIZE_UNKNOWN */
    guint64 max_source_bytes;
    RenderLimits limits;
    GArray *outputs; /* of TaskOutput */
} ObjectTask;

#define OBJECT_ARGS_TYPE "(ssstt" RENDER_LIMITS_VARIANT_TYPE "a(usasb" RECIPE_VARIANT_TYPE "))"

/* Takes no ownership. */
GVariant *object_task_to_variant(const ObjectTask *task);
ObjectTask *object_task_from_variant(GVariant *variant, GError **error);
ObjectTask *object_task_new(void);
const TaskOutput *object_task_output(const ObjectTask *task, guint i);

/* Adds an output that is made but not uploaded. */
void object_task_add_recipe(ObjectTask *task, guint number, const Recipe *recipe);
void object_task_free(ObjectTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObjectTask, object_task_free)

typedef struct {
    guint number;       /* of the output in the configuration */
    GError *error;      /* NULL if the output was made */
    guint64 size_bytes; /* of the rendered bytes, also if their upload failed; 0 if there are none */
    gboolean existed;   /* nothing was uploaded because the output already existed; together with an error:
                         * the existing one is stale */
} OutputResult;

/* The worker's activity since its last result. */
typedef struct {
    guint64 get, check, put, retries, connections;
    guint64 retry_reasons[RETRY_REASON_COUNT]; /* by RetryReason */
    ImagerTimes imager;
} TransferCounters;

typedef struct {
    GError *error; /* failure of the whole object; outputs is then empty */
    guint64 bytes_in;
    guint64 memory_bytes; /* if not 0: the object needs this much memory, which exceeds its task's limit, or
                           * it needs more time than the task allows; it was not decoded, and outputs is empty
                           */
    GArray *outputs;      /* of OutputResult */
    GStrv warnings;       /* defects of the source that were ignored; NULL if none */
    TransferCounters counters;
} ObjectResult;

#define OBJECT_RESULT_TYPE "(m(is)tta(um(is)tb)as(ttttt)at(ttt))"

ObjectResult *object_result_new(void);
GVariant *object_result_to_variant(const ObjectResult *result);
ObjectResult *object_result_from_variant(GVariant *variant, GError **error);
void object_result_free(ObjectResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObjectResult, object_result_free)

/* Limits for the warnings of a rendering, which are for people to read: their number, and the bytes of each.
 */
#define WARNINGS_MAX       8u
#define WARNINGS_MAX_BYTES 512u

/* An array of strings from another process, cut to these limits. Owned by the caller. */
GStrv warnings_from_variant(GVariant *list);

/* A worker's note about its imager: TRUE: an imager was started; FALSE: it died, with its obituary. */
#define NOTE_IMAGER      "imager"
#define NOTE_IMAGER_TYPE "(bs)"

/* sign: a worker's question about the `object` that it has rendered, if the outputs came without references
 * (daemon/dispatch/countersign.h). For each output: its number, its ImageFormat, the SHA-256 of its bytes in
 * hex, and its checksum in base64; the last two are empty if not configured -> for each output, in the same
 * order: its reference, and all lines "Name: value" that must be sent with the upload. */
#define ASK_SIGN           "sign"
#define SIGN_QUESTION_TYPE "a(uuss)"
#define SIGN_ANSWER_TYPE   "a(sas)"

/* An imager's initializer: whether it accepts an incomplete sandbox, the size limit of an output, and the
 * memory limit of all imagers together. 0 for no limit. */
#define IMAGER_INIT_TYPE "(btt)"

/* render: the source in sealed memory, empty memory files (an imager cannot create any), the size limit of
 * the source, the limits of a rendering, and the recipes -> the memory that the rendering needs; for each
 * recipe why it could not be made (an error's class and message), or the encoded bytes in sealed memory,
 * width, height, encoded format (ImageFormat), frames, quality and ms; and warnings. There is no output at
 * all if the memory exceeds the limit. */
#define TARGET_RENDER      "render"
#define RENDER_ARGS_TYPE   "(haht" RENDER_LIMITS_VARIANT_TYPE "a" RECIPE_VARIANT_TYPE ")"
#define RENDERED_TYPE      "(m(is)m(huuuuuu))"
#define RENDER_RESULT_TYPE "(ta" RENDERED_TYPE "as)"

/* describe: () -> the version of libvips and its vector code; for each format and direction (TRUE: encoding)
 * the library; notes on this version, with their remedies; the errno of seccomp and Landlock (0 if in force),
 * the Landlock ABI; what the sandbox lacks, as text; and the system calls that it denied unexpectedly. */
#define TARGET_DESCRIBE  "describe"
#define DESCRIPTION_TYPE "(ssa(ubs)a(ss)iiiss)"

/* A worker's answer to describe: the errno of seccomp and Landlock; what Landlock restricts, its privileges,
 * and the system calls that were denied, all as text. */
#define WORKER_DESCRIPTION_TYPE "(iisss)"

/* The most memory files that a rendering needs: one for each output, a second one during the search for a
 * quality that keeps a size limit, one for the trial of an encoder, and one for a large answer. */
guint object_task_count_files(const ObjectTask *task);

/* The arguments of a task's rendering, floating. source and files are the indices of the source and of the
 * first of n_files memory files in the list of descriptors. */
GVariant *object_task_render_args(const ObjectTask *task, gint32 source, gint32 files, guint n_files);
