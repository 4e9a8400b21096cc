/* The messages between the roles, as data: the targets of each child, with the types of their arguments and
 * results.
 *
 *   thumbmill -> supervisor   run, release, probe, explain,        (concurrent)      notes: progress, log,
 *                             examine, stop, in-flight, ping,                      plan, finding
 *                             workers, scale, terminate
 *   supervisor -> worker      object, explain, decode, describe    (concurrent)      note: imager
 *                                                                                    question: sign
 *   worker -> imager          render, explain                      (one at a time)
 *   thumbmill -> imager       the same, for previews
 *   thumbmill -> web          listen, publish                      (concurrent)
 *
 * Each message is carried by a process executor (concurrent/), which checks its type and limits the
 * outstanding calls. Messages that are packed and unpacked in more than one place have functions here; the
 * values are checked by the more trusted side. */
#pragma once

#include <glib.h>

#include "recipe/recipe.h"
#include "recipe/render_limits.h"

/* Targets of a supervisor. It performs one of run, explain, examine and probe at a time; their arguments
 * begin with the configuration and the user's environment (supervisor_client_order()).
 *
 * run: a pass over the stores (RunOrder; if its scope has a list, with a descriptor from which keys are read,
 * each followed by NUL) -> a report (batch/report.h). Fails with ERROR_CONFIG or
 * ERROR_PERMANENT if a store or the credentials are unusable. */
#define TARGET_RUN        "run"
#define HELD_TYPE         "(aayt)"
#define SCOPE_TYPE        "(ayuums)" /* SCOPE_VARIANT_TYPE of batch/scope.h */
#define VERIFICATION_TYPE "(butb)"
#define RUN_MORE_TYPE     "(b" SCOPE_TYPE "mhmasbs" VERIFICATION_TYPE HELD_TYPE ")"
#define RUN_ARGS_TYPE     "(a{sv}a{ss}" RUN_MORE_TYPE ")"

/* An order to verify what the comparison holds to be up to date. Without dry_run, what differs is made again. */
typedef struct {
    gboolean is_wanted;
    guint sample; /* number of originals whose outputs are looked at; 0 for all */
    guint64 seed; /* of the sample */
    gboolean decodes;
} Verification;

/* An order to run a pass. All zero: make what is missing or older than its original. */
typedef struct {
    gboolean dry_run;
    gboolean has_keys;         /* the first descriptor of the message is that of a list of keys */
    GVariant *scope;           /* of SCOPE_TYPE, or NULL for everything. Consumed if it is floating */
    const char *const *remake; /* outputs to make again if their recipe has changed; empty: all of them */
    gboolean is_collection;    /* make nothing, and delete orphans */
    const char *max_delete;    /* overrides the configuration's limit; may be NULL */
    Verification verification;
    GVariant *held; /* what another supervisor still has in flight, to be held until the next `release`
                     * (daemon/compare/held.h): keys of objects, and the memory that these may use. Of
                     * HELD_TYPE, or NULL; consumed if it is floating */
} RunOrder;

/* The arguments after configuration and environment, floating. */
GVariant *run_order_to_variant(const RunOrder *order);

/* release: the other supervisor has ended. Answered with (). */
#define TARGET_RELEASE "release"

/* explain: what a run would make of one object, for people. The main process passes the object's key,
 * relative to source.url; a worker takes the arguments of `object`, but uploads nothing; an imager takes
 * those of `render`. The answer is an explanation (imaging/planning/explanation.h), which the imager, the
 * main process and, for `decode`, the supervisor read. */
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

/* Notes of a run: its progress (daemon/protocol/progress.h); a log record; an output that a dry run would
 * make (source key, output key). */
#define NOTE_LOG       "log"
#define NOTE_LOG_TYPE  "(isa{ss})"
#define NOTE_PLAN      "plan"
#define NOTE_PLAN_TYPE "(ss)"

/* A note of a verification: a stored output differs (source key, output key, the difference's name, and a
 * text about it, which may be empty). */
#define NOTE_FINDING      "finding"
#define NOTE_FINDING_TYPE "(ssss)"

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

/* decode: downloads a stored output, from the destination, and has its imager decode all of it; the arguments
 * of `object`, with one recipe -> what explain answers. Fails with ERROR_INPUT if it cannot be decoded. */
#define TARGET_DECODE "decode"

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

/* Targets of thumbmill-web. Its initializer: whether it accepts an incomplete sandbox.
 *
 * listen: a listening socket -> (), when it is served.
 * publish: the documents to serve from now on, in place of all earlier ones (WEB_DOCUMENT_TYPE: path, status,
 * whether it is an alarm to get no newer one, media type, content security policy or "", bytes) -> (). */
#define WEB_INIT_TYPE     "(b)"
#define TARGET_LISTEN     "listen"
#define LISTEN_ARGS_TYPE  "(h)"
#define TARGET_PUBLISH    "publish"
#define WEB_DOCUMENT_TYPE "(subssay)"
#define PUBLISH_ARGS_TYPE "(a" WEB_DOCUMENT_TYPE ")"

/* A worker's answer to describe: the errno of seccomp and Landlock; what Landlock restricts, its privileges,
 * and the system calls that were denied, all as text. */
#define WORKER_DESCRIPTION_TYPE "(iisss)"
