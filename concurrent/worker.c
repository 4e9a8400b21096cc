#include "concurrent/worker.h"

#include "base/chatter.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/patience.h"
#include "base/text_cut.h"
#include "concurrent/outbox.h"
#include "concurrent/pulse.h"
#include "concurrent/questions.h"
#include "concurrent/resident.h"
#include "concurrent/wire.h"
#include "ipc/channel.h"

/* How long a child may take to end after its channel was closed; then SIGTERM is sent, and after the same
 * time SIGKILL. */
#define STOP_GRACE_US (3 * CLOCK_US_PER_S)

/* How long a child may take from its start until it is ready; after that it is considered to hang. */
#define START_LIMIT_US (60 * CLOCK_US_PER_S)

/* A job whose children die this often before they begin it is blamed anyway: the child itself writes what it
 * has begun, and a hostile one would get the job again for ever. */
#define MAX_RETURNS 8

/* The escalation to end a child, in steps: SIGTERM is the first step, SIGKILL the next ones. A child that has
 * not ended after the last step is abandoned: it waits in the kernel, for example for an unresponsive file
 * system. */
#define RUNG_KILLED 2u
#define RUNG_LAST   4u

struct Worker {
    const ProcessExecutorOptions *options;
    const WorkerHandlers *handlers;
    void *data;
    guint slot;
    gint64 started_us;
    Process *process;
    Channel *channel;
    WireMemory *memory; /* shared with the child */
    int statm;          /* its /proc/PID/statm, if there is a memory limit */
    GQueue jobs;        /* of Job, in the order in which they were assigned */
    Outbox outbox;      /* those jobs that have not been sent yet */
    guint handed;       /* jobs assigned since the start */
    guint answered;     /* jobs answered since the start */
    gboolean ready;     /* initialised, and its channel is open on both sides */
    gboolean was_ready;
    gboolean closed;  /* we closed its channel: it is expected to end */
    gboolean gone;    /* it closed its channel by itself */
    gboolean starved; /* its answer had descriptors for which this process had no room */
    gboolean bloated; /* over its memory limit */
    gboolean retired;
    gboolean terminated;
    guint64 late;    /* the job whose time limit it was killed for, or 0 */
    Patience *timer; /* the oldest job's limit; after closing, the next step of the escalation */
    Pulse *pulse;    /* NULL if there is no limit for its silence */
    Chatter chatter;
    gboolean noisy;  /* killed for too many messages */
    guint rung;      /* of the escalation: how often it was told to end, from RUNG_KILLED on by SIGKILL */
    gboolean silent; /* killed for its silence */
    gboolean abandoned;
};

/* Accessors */

Process *worker_process(const Worker *worker)
{
    return worker->process;
}

guint worker_slot(const Worker *worker)
{
    return worker->slot;
}

guint worker_load(const Worker *worker)
{
    return worker->jobs.length;
}

gint64 worker_started_us(const Worker *worker)
{
    return worker->started_us;
}

static gboolean worker_is_used_up(const Worker *worker)
{
    guint most = worker->options->max_tasks_per_child;

    return worker->bloated || (most > 0 && worker->handed >= most);
}

gboolean worker_in_service(const Worker *worker)
{
    return !worker->closed && !worker->retired && !worker_is_used_up(worker);
}

gboolean worker_can_take(const Worker *worker)
{
    return worker->ready && worker->rung == 0 && worker_in_service(worker);
}

gboolean worker_was_unexpected(const Worker *worker)
{
    return !worker->closed && !worker->terminated;
}

gboolean worker_has_answered(const Worker *worker)
{
    return worker->answered > 0;
}

gboolean worker_ended_well(const Worker *worker)
{
    return worker->closed && worker->rung < RUNG_KILLED && worker->jobs.length == 0;
}

gboolean worker_was_ready(const Worker *worker)
{
    return worker->was_ready;
}

char *worker_obituary(const Worker *worker)
{
    g_autofree char *end = worker->abandoned ? g_strdup("could not be killed and was abandoned")
                                             : process_describe_end(worker->process);
    g_autofree char *words = process_last_words(worker->process);

    return g_strdup_printf("%s (pid %d) %s%s%s%s%s", process_name(worker->process),
                           (int)process_pid(worker->process), end, worker->terminated ? " on request" : "",
                           worker->silent  ? " because it did not answer"
                           : worker->noisy ? " because it sent too much"
                                           : "",
                           words != NULL ? ": " : "", words != NULL ? words : "");
}

void worker_status(const Worker *worker, ChildStatus *ret_status)
{
    autofd int statm = resident_open(process_pid(worker->process));
    const Job *oldest = g_queue_peek_head((GQueue *)&worker->jobs);

    ret_status->task = oldest != NULL ? oldest->future : NULL;
    ret_status->task_us = oldest != NULL && oldest->since_us != 0 ? clock_now_us() - oldest->since_us : 0;
    ret_status->pid = process_pid(worker->process);
    ret_status->tasks_done = worker->answered;
    ret_status->tasks_held = worker->jobs.length;
    ret_status->age_us = clock_now_us() - worker->started_us;
    ret_status->memory_bytes = resident_bytes(statm);
    if (worker->closed || worker->gone || worker->retired || worker->rung > 0)
        ret_status->state = CHILD_ENDING;
    else if (!worker->ready)
        ret_status->state = CHILD_STARTING;
    else
        ret_status->state = worker->jobs.length > 0 ? CHILD_BUSY : CHILD_IDLE;
}

/* Time limit and escalation */

static void worker_give_up(Worker *worker);

/* Sets the timer to the end of the oldest job's time limit. */
static void worker_watch_oldest(Worker *worker)
{
    gint64 limit_us = worker->options->task_timeout_us;
    Job *oldest = g_queue_peek_head(&worker->jobs);

    if (limit_us == 0 || worker->closed || worker->terminated || worker->rung > 0)
        return;
    if (oldest == NULL) {
        patience_unset(worker->timer);
        return;
    }
    if (oldest->since_us == 0)
        job_begin(oldest);
    patience_set_since(worker->timer, oldest->since_awake_us, limit_us);
}

void worker_close(Worker *worker)
{
    if (worker->closed)
        return;
    worker->closed = TRUE;
    channel_close(worker->channel);
    if (worker->rung < RUNG_KILLED)
        patience_set(worker->timer, STOP_GRACE_US);
}

void worker_retire(Worker *worker)
{
    worker->retired = TRUE;
}

void worker_terminate(Worker *worker)
{
    if (worker->terminated)
        return;
    worker->terminated = TRUE;
    worker->rung++;
    process_terminate(worker->process);
    patience_set(worker->timer, STOP_GRACE_US);
}

void worker_kill(Worker *worker)
{
    worker->rung = MAX(worker->rung + 1, RUNG_KILLED);
    process_kill(worker->process);
    patience_set(worker->timer, STOP_GRACE_US);
}

static void worker_climb(Worker *worker)
{
    if (worker->rung >= RUNG_LAST) {
        worker_give_up(worker);
    } else if (worker->rung > 0) {
        worker_kill(worker);
    } else {
        worker->rung++;
        process_terminate(worker->process);
        patience_set(worker->timer, STOP_GRACE_US);
    }
}

static void worker_timer(void *data)
{
    Worker *worker = data;
    const Job *oldest = g_queue_peek_head(&worker->jobs);

    if (worker->closed || worker->gone || worker->rung > 0) {
        worker_climb(worker);
        return;
    }
    worker->late = oldest != NULL ? oldest->number : G_MAXUINT64;
    worker_kill(worker);
}

/* Its event loop must run, whatever its tasks are. */
static void worker_is_silent(void *data)
{
    Worker *worker = data;

    if (worker->closed || worker->rung > 0)
        return;
    worker->silent = TRUE;
    worker_kill(worker);
}

/* Assigning jobs */

void worker_flush(Worker *worker)
{
    outbox_flush(&worker->outbox);
}

void worker_hand(Worker *worker, Job *job)
{
    g_autoptr(GError) error = NULL;
    FdList *fds = fd_list_dup(job->fds, &error);

    if (error != NULL) {
        job_fail(job, g_steal_pointer(&error));
        return;
    }
    worker->handed++;
    g_queue_push_tail(&worker->jobs, job);
    if (worker->options->concurrent)
        job_begin(job);
    worker_watch_oldest(worker);
    outbox_add(&worker->outbox, job, fds);
}

/* Handles futures whose cancellation was requested since the last call. */
void worker_pass_cancels(Worker *worker)
{
    for (GList *l = worker->jobs.head; l != NULL; l = l->next) {
        Job *job = l->data;

        if (job->told || !future_cancel_asked(job->future))
            continue;
        job->told = TRUE;
        atomic_store(&worker->memory->cancelled, job->number);
        channel_send(worker->channel, WIRE_CANCEL, g_variant_new("(t)", job->number), NULL);
    }
}

/* Answers */

/* Returns NULL if it has no such job. */
static GList *worker_find_job(const Worker *worker, guint64 number)
{
    GList *link = worker->jobs.head;

    while (link != NULL && ((const Job *)link->data)->number != number)
        link = link->next;
    return link;
}

/* Converts a child's failure as far as it is trusted: allowed is a set of ERROR_BIT()s, or 0 for all. */
static GError *failure_from_child(const Worker *worker, gint32 said, const char *text, guint32 allowed)
{
    const gsize max_bytes = worker->options->max_failure_bytes;
    g_autofree char *cut = max_bytes > 0 ? text_cut(text, max_bytes) : NULL;
    const ErrorClass class = error_class_from_int(said);

    return g_error_new_literal(
        error_quark(), (int)(allowed != 0 && (allowed & ERROR_BIT(class)) == 0 ? ERROR_INTERNAL : class),
        cut != NULL ? cut : text);
}

/* Handles an answer to a task. An answer to a task that the child does not have means that the child is
 * broken. */
static void worker_answer(Worker *worker, guint32 message, GVariant *payload, FdList *fds)
{
    guint64 number;
    GList *link;
    Job *job;

    g_variant_get_child(payload, 0, "t", &number);
    link = worker_find_job(worker, number);
    if (link == NULL) {
        worker_kill(worker);
        return;
    }
    job = link->data;
    g_queue_delete_link(&worker->jobs, link);
    worker->answered++;
    if (worker->statm >= 0 && resident_bytes(worker->statm) > worker->options->max_memory_bytes)
        worker->bloated = TRUE;
    if (message == WIRE_DONE) {
        job_take_result(job, payload, fds);
    } else {
        const char *text;
        gint32 class;

        g_variant_get(payload, "(ti&s)", NULL, &class, &text);
        future_set_exception(job->future,
                             failure_from_child(worker, class, text, worker->options->failure_classes));
    }
    job_free(job);
    worker_watch_oldest(worker);
    worker->handlers->answered(worker, worker->data);
}

/* Kills a worker that sends more messages or questions than any correct one: it is broken. Its jobs are given
 * to others. */
static void worker_silence(Worker *worker)
{
    worker->noisy = TRUE;
    worker_kill(worker);
}

/* Handles a question about one of its tasks, or one that it claims to be its own. */
static void worker_question(Worker *worker, GVariant *payload)
{
    g_autoptr(GVariant) value = NULL;
    GVariant *answer;
    GError *error = NULL;
    const char *name;
    guint64 number, task;
    const GList *link;

    if (worker->noisy)
        return; /* it is being killed */
    if (questions_are_too_many(worker->channel, worker->options->tasks_in_flight)) {
        worker_kill(worker);
        return;
    }
    g_variant_get(payload, "(tt&sv)", &number, &task, &name, &value);
    link = worker_find_job(worker, task);
    answer = worker->handlers->ask(worker, link != NULL ? ((const Job *)link->data)->future : NULL, name,
                                   value, worker->data, &error);
    if (answer == NULL && !chatter_allows_refusal(&worker->chatter, worker->options->max_refusals)) {
        g_error_free(error);
        worker_silence(worker);
        return;
    }
    question_reply(worker->channel, number, answer, error);
}

static void worker_init_failed(Worker *worker, GVariant *payload)
{
    g_autoptr(GError) error = NULL;
    const char *text;
    gint32 class;

    g_variant_get(payload, "(i&s)", &class, &text);
    error = failure_from_child(worker, class, text, 0);
    worker_close(worker);
    worker->handlers->init_failed(worker, error, worker->data);
}

static void worker_message(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    Worker *worker = data;

    (void)channel;
    if (worker->was_ready && (number == WIRE_READY || number == WIRE_INIT_FAILED)) {
        worker_kill(worker); /* a child that reports this twice is broken */
    } else if (number == WIRE_READY) {
        worker->ready = worker->was_ready = TRUE;
        if (worker->rung == 0)
            patience_unset(worker->timer);
        if (worker->pulse != NULL)
            pulse_start(worker->pulse);
        worker->handlers->ready(worker, worker->data);
    } else if (number == WIRE_INIT_FAILED) {
        worker_init_failed(worker, payload);
    } else if (number == WIRE_NOTE) {
        g_autoptr(GVariant) value = NULL;
        const char *name;

        if (worker->noisy)
            return; /* it is being killed */
        if (!chatter_allows_note(&worker->chatter, worker->options->notes_per_s, clock_now_us())) {
            worker_silence(worker);
            return;
        }
        g_variant_get(payload, "(&sv)", &name, &value);
        worker->handlers->note(worker, name, value, worker->data);
    } else if (number == WIRE_ASK) {
        worker_question(worker, payload);
    } else {
        worker_answer(worker, number, payload, fds);
    }
}

/* The end */

/* The child closed its channel without being told to: it is ending, or it violated the protocol. The end of
 * its process shows which. */
static void worker_channel_closed(Channel *channel, const GError *why, void *data)
{
    Worker *worker = data;

    (void)channel;
    worker->ready = FALSE;
    worker->gone = TRUE;
    worker->starved = why != NULL && error_class(why) == ERROR_TRANSIENT;
    if (why != NULL)
        worker_kill(worker);
    else if (worker->rung < RUNG_KILLED)
        patience_set(worker->timer, STOP_GRACE_US);
}

static void worker_ended(Process *process, void *data)
{
    Worker *worker = data;

    (void)process;
    patience_unset(worker->timer);
    worker->ready = FALSE;
    channel_drain(worker->channel);
    worker->handlers->ended(worker, worker->data);
}

static void worker_give_up(Worker *worker)
{
    worker->abandoned = TRUE;
    process_abandon(worker->process);
    worker_ended(worker->process, worker); /* frees the worker */
}

/* Whether the oldest job is to blame for the death: it had begun, or its children claimed too often that it
 * had not. */
static gboolean worker_had_begun(const Worker *worker, Job *oldest)
{
    if (atomic_load_explicit(&worker->memory->begun, memory_order_acquire) == oldest->number)
        return TRUE;
    return ++oldest->returns >= MAX_RETURNS;
}

void worker_lose_jobs(Worker *worker, const char *obituary, GQueue *queue)
{
    double limit_s = (double)worker->options->task_timeout_us / (double)CLOCK_US_PER_S;
    gboolean concurrent = worker->options->concurrent;
    GQueue failed = G_QUEUE_INIT;
    Job *job = g_queue_peek_head(&worker->jobs);

    if (job != NULL && job->number == worker->late) {
        g_queue_pop_head(&worker->jobs);
        job_fail(job, g_error_new(error_quark(), ERROR_LIMIT, "not finished within its limit of %.1f seconds",
                                  limit_s));
    } else if (job != NULL && !concurrent && worker_had_begun(worker, job)) {
        g_queue_push_tail(&failed, g_queue_pop_head(&worker->jobs));
    }
    while ((job = g_queue_pop_tail(&worker->jobs)) != NULL) {
        job->since_us = 0;
        g_queue_push_head(concurrent ? &failed : queue, job);
    }
    while ((job = g_queue_pop_head(&failed)) != NULL)
        job_fail(job, worker->starved ? g_error_new_literal(error_quark(), ERROR_TRANSIENT,
                                                            "no file descriptor left for its response")
                                      : g_error_new_literal(error_quark(), ERROR_CRASH, obituary));
}

void worker_take_jobs(Worker *worker, GQueue *queue)
{
    Job *job;

    while ((job = g_queue_pop_head(&worker->jobs)) != NULL)
        g_queue_push_tail(queue, job);
}

void worker_free(Worker *worker)
{
    if (worker == NULL)
        return;
    channel_free(worker->channel);
    process_free(worker->process);
    patience_free(worker->timer);
    pulse_free(worker->pulse);
    fd_clear(&worker->statm);
    wire_memory_unmap(worker->memory);
    outbox_clear(&worker->outbox);
    g_free(worker);
}

/* The beginning */

Worker *worker_start(const ProcessExecutorOptions *options, guint slot, GMainContext *context,
                     const WorkerHandlers *handlers, void *data, GError **error)
{
    static const ChannelHandlers channel_handlers = {worker_message, worker_channel_closed};
    ProcessOptions process = {.name = options->name,
                              .executable = options->executable,
                              .args = options->args,
                              .env = options->env,
                              .daemon = TRUE,
                              .stdio = options->stdio,
                              .address_space_bytes = options->address_space_bytes,
                              .expendable = options->expendable,
                              .own_session = options->own_session};
    Worker *worker = g_new0(Worker, 1);
    autofd int memory_fd = -1;
    FdList *memory;

    worker->options = options;
    worker->handlers = handlers;
    worker->data = data;
    worker->slot = slot;
    worker->statm = -1;
    worker->started_us = clock_now_us();
    worker->process = process_new(&process);
    worker->memory = wire_memory_new(options->name, &memory_fd, error);
    if (worker->memory == NULL || !process_start(worker->process, error)) {
        worker_free(worker);
        return NULL;
    }
    if (options->max_memory_bytes > 0)
        worker->statm = resident_open(process_pid(worker->process));
    worker->timer = patience_new(context, worker_timer, worker);
    if (options->heartbeat_us > 0)
        worker->pulse =
            pulse_watch(context, &worker->memory->beats, options->heartbeat_us, worker_is_silent, worker);
    worker->channel = channel_new(process_steal_channel(worker->process), &wire_protocol, MESSAGE_UP, context,
                                  &channel_handlers, worker);
    outbox_init(&worker->outbox, worker->channel);
    process_watch(worker->process, context, worker_ended, worker);
    memory = fd_list_new();
    fd_list_append(memory, fd_steal(&memory_fd));
    channel_send(
        worker->channel, WIRE_INIT,
        g_variant_new("(vxx)", options->initializer_args, options->task_timeout_us, options->heartbeat_us),
        memory);
    patience_set(worker->timer, START_LIMIT_US);
    return worker;
}
