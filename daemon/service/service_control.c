#include "daemon/service/service_control.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/timer.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/progress.h"
#include "daemon/service/control.h"
#include "daemon/service/control_commands.h"
#include "daemon/session/progress_json.h"

/* How long to wait for a supervisor. A healthy one answers within milliseconds; one that hangs may live
 * longer (heartbeat_timeout) than the client waits. */
#define PATIENCE_US (5 * CLOCK_US_PER_S)

struct ServiceControl {
    Service *service;
    GMainContext *context;
    Control *control;
    GHashTable *pending; /* set of Question: the open requests to supervisors */
};

/* Makes an answer, owned by the caller, from the results of the supervisor and, after a reload, of the old
 * one. One of them may be NULL, if that supervisor did not answer. Returns NULL if a result has the wrong
 * type. */
typedef json_t *(*AnswerFunc)(GVariant *result, GVariant *old_result);

/* A call that waits for the supervisors' answers. */
typedef struct {
    ServiceControl *owner;
    ControlCall *call;
    Future *future, *old_future; /* one of them may be NULL */
    guint open;                  /* how many of them are pending */
    Timer *patience;             /* runs while any of them is pending */
    AnswerFunc answer;
} Question;

/* Answers */

/* null if no pass has ended yet. */
static json_t *last_pass_json(const PassResult *last)
{
    g_autofree char *ended = clock_format_iso(last->ended_us);

    if (last->ended_us == 0)
        return json_null();
    return json_pack("{s:s, s:f, s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "ended", ended, "seconds",
                     last->seconds, "exit", (int)last->exit, "result", pass_result_text(last), "done",
                     (json_int_t)last->done, "up_to_date", (json_int_t)last->up_to_date, "archived",
                     (json_int_t)last->archived, "failed", (json_int_t)last->failed, "left_alone",
                     (json_int_t)last->left_alone, "unlisted", (json_int_t)last->unlisted, "outputs",
                     (json_int_t)last->made);
}

json_t *service_control_status(const Service *service)
{
    json_t *answer = control_answer_ok();
    g_autofree char *text = NULL;
    ServiceStatus status;

    service_get_status(service, &status);
    text = service_status_text(&status);
    json_object_update_new(
        answer, json_pack("{s:s, s:i, s:s, s:s, s:f, s:I, s:i, s:i, s:i, s:i, s:i, s:s?}", "version",
                          THUMBMILL_VERSION, "pid", (int)getpid(), "phase", service_phase_name(status.phase),
                          "text", text, "uptime_s", (double)status.uptime_us / (double)CLOCK_US_PER_S,
                          "passes", (json_int_t)status.passes, "workers", (int)status.workers, "supervisor",
                          (int)status.supervisor, "old_supervisor", (int)status.old_supervisor, "restarts",
                          (int)status.restarts, "troubles", (int)status.troubles, "trouble", status.trouble));
    json_object_set_new(answer, "last_pass", last_pass_json(&status.last_pass));
    json_object_set_new(answer, "pass", json_null());
    json_object_set_new(answer, "next_pass", json_null());
    if (status.pass_elapsed_us > 0) {
        json_object_set_new(answer, "pass",
                            progress_to_json(&status.progress, &status.forecast, status.pass_elapsed_us));
    }
    if (status.next_pass_us != SCHEDULE_NEVER) {
        g_autofree char *next = clock_format_iso(status.next_pass_us);

        json_object_set_new(answer, "next_pass", json_string(next));
    }
    return answer;
}

/* The commands. Each answers the call. value is NULL for commands whose row in the table has no argument. */

static void answer_status(ServiceControl *control, ControlCall *call, const char *value)
{
    (void)value;
    control_answer(call, service_control_status(control->service));
}

/* future may be NULL; the result is then NULL, too. */
static GVariant *result_of(Future *future, GError **error)
{
    return future != NULL ? future_result(future, 0, error) : NULL;
}

/* Why neither supervisor has answered. While one is still pending, the other's error is not the full
 * reason. */
static json_t *failure_json(guint n_open, const GError *error, const GError *old_error)
{
    const GError *first = error != NULL ? error : old_error;

    if (n_open > 0 || first == NULL)
        return control_answer_error("a supervisor does not respond");
    return control_answer_error(first->message);
}

/* Answers the call with the results that have arrived; the answer says how many are missing. */
static void question_end(Question *question)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) old_error = NULL;
    GVariant *result = result_of(question->future, &error);
    GVariant *old_result = result_of(question->old_future, &old_error);
    json_t *answer;

    if (result != NULL || old_result != NULL)
        answer = question->answer(result, old_result);
    else
        answer = failure_json(question->open, error, old_error);
    if (answer == NULL)
        answer = control_answer_error("the supervisor returned an unexpected result");
    if (question->open > 0)
        json_object_set_new(answer, "unanswered", json_integer((json_int_t)question->open));
    control_answer(question->call, answer);
    g_hash_table_remove(question->owner->pending, question);
}

static void on_result(Future *future, void *data)
{
    Question *question = data;

    (void)future;
    if (--question->open == 0)
        question_end(question);
}

static void on_impatient(void *data)
{
    question_end(data);
}

/* Sends the request to all supervisors. args are taken. */
static void ask(ServiceControl *control, ControlCall *call, const char *target, GVariant *args,
                AnswerFunc answer)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(args);
    Future *future = service_ask(control->service, target, value);
    Future *old_future = service_ask_old(control->service, target, value);
    Question *question;

    if (future == NULL && old_future == NULL) {
        control_answer(call, control_answer_error("no supervisor is running at the moment"));
        return;
    }
    question = g_new0(Question, 1);
    *question = (Question){.owner = control,
                           .call = call,
                           .future = future,
                           .old_future = old_future,
                           .open = (future != NULL ? 1u : 0u) + (old_future != NULL ? 1u : 0u),
                           .patience = timer_new(control->context, on_impatient, question),
                           .answer = answer};
    timer_set(question->patience, clock_now_us() + PATIENCE_US);
    g_hash_table_add(control->pending, question);
    if (future != NULL)
        future_add_done_callback(future, on_result, question);
    if (old_future != NULL)
        future_add_done_callback(old_future, on_result, question);
}

/* FALSE if the result has the wrong type. */
static gboolean add_workers(GVariant *result, gboolean is_old, json_t *list)
{
    g_autoptr(GVariant) workers = NULL;
    json_t *added;

    if (!g_variant_is_of_type(result, G_VARIANT_TYPE(WORKERS_RESULT_TYPE)))
        return FALSE;
    workers = g_variant_get_child_value(result, 0);
    added = control_json_from_variant(workers);
    for (size_t i = 0; i < json_array_size(added); i++)
        json_object_set_new(json_array_get(added, i), "draining", json_boolean(is_old));
    json_array_extend(list, added);
    json_decref(added);
    return TRUE;
}

static json_t *workers_json(GVariant *result, GVariant *old_result)
{
    json_t *answer = control_answer_ok(), *workers = json_array();

    json_object_set_new(answer, "workers", workers);
    if ((result == NULL || add_workers(result, FALSE, workers)) &&
        (old_result == NULL || add_workers(old_result, TRUE, workers)))
        return answer;
    json_decref(answer);
    return NULL;
}

static void answer_workers(ServiceControl *control, ControlCall *call, const char *value)
{
    (void)value;
    ask(control, call, TARGET_WORKERS, g_variant_new("()"), workers_json);
}

static void answer_scale(ServiceControl *control, ControlCall *call, const char *value)
{
    g_autofree char *reason = g_strdup_printf("the number of workers must be from 1 to %u", LIMIT_WORKERS);
    guint64 n_workers;

    if (!g_ascii_string_to_unsigned(value, 10, 1, LIMIT_WORKERS, &n_workers, NULL)) {
        control_answer(call, control_answer_error(reason));
        return;
    }
    service_scale(control->service, (guint)n_workers);
    control_answer(call, control_answer_ok());
}

/* Success if one of the supervisors has done it. */
static json_t *done_json(GVariant *result, GVariant *old_result)
{
    GVariant *done = result != NULL ? result : old_result;

    return g_variant_is_of_type(done, G_VARIANT_TYPE_UNIT) ? control_answer_ok() : NULL;
}

static void answer_terminate(ServiceControl *control, ControlCall *call, const char *value)
{
    guint64 pid;

    if (!g_ascii_string_to_unsigned(value, 10, 1, G_MAXINT32, &pid, NULL))
        control_answer(call, control_answer_error("a pid must be a number above 0"));
    else if (service_terminate(control->service, (pid_t)pid))
        control_answer(call, control_answer_ok());
    else
        ask(control, call, TARGET_TERMINATE, g_variant_new(TERMINATE_ARGS_TYPE, (guint32)pid), done_json);
}

static void answer_reload(ServiceControl *control, ControlCall *call, const char *value)
{
    g_autoptr(GError) error = NULL;

    (void)value;
    if (service_reload(control->service, &error))
        control_answer(call, control_answer_ok());
    else
        control_answer(call, control_answer_error(error->message));
}

static void answer_drain(ServiceControl *control, ControlCall *call, const char *value)
{
    (void)value;
    service_drain(control->service);
    control_answer(call, control_answer_ok());
}

static void answer_resume(ServiceControl *control, ControlCall *call, const char *value)
{
    (void)value;
    service_resume(control->service);
    control_answer(call, control_answer_ok());
}

static void answer_stop(ServiceControl *control, ControlCall *call, const char *value)
{
    (void)value;
    control_answer(call, control_answer_ok());
    service_stop(control->service, FALSE);
}

static void answer_run_now(ServiceControl *control, ControlCall *call, const char *value)
{
    (void)value;
    service_run_now(control->service);
    control_answer(call, control_answer_ok());
}

static void answer_log_level(ServiceControl *control, ControlCall *call, const char *value)
{
    LogLevel level;

    (void)control;
    if (!log_level_parse(value, &level)) {
        control_answer(call, control_answer_error("the level must be debug, info, warning or error"));
        return;
    }
    log_set_level(level);
    control_answer(call, control_answer_ok());
}

static void (*const answers[CONTROL_COMMANDS])(ServiceControl *control, ControlCall *call,
                                               const char *value) = {
    [CONTROL_STATUS] = answer_status,   [CONTROL_WORKERS] = answer_workers,
    [CONTROL_SCALE] = answer_scale,     [CONTROL_TERMINATE] = answer_terminate,
    [CONTROL_RELOAD] = answer_reload,   [CONTROL_DRAIN] = answer_drain,
    [CONTROL_RESUME] = answer_resume,   [CONTROL_STOP] = answer_stop,
    [CONTROL_RUN_NOW] = answer_run_now, [CONTROL_LOG_LEVEL] = answer_log_level,
};

static void on_request(ControlCall *call, const ControlRequest *request, void *data)
{
    ServiceControl *control = data;
    const ControlCommand *command = control_command_find(request->command);
    g_autofree char *reason = NULL;

    if (command == NULL) {
        reason = g_strdup_printf("unknown command '%s'", request->command);
        control_answer(call, control_answer_error(reason));
    } else if ((command->value != NULL) != (request->value != NULL)) {
        reason = g_strdup_printf("%s takes %s value", command->name, command->value != NULL ? "a" : "no");
        control_answer(call, control_answer_error(reason));
    } else {
        answers[command->id](control, call, request->value);
    }
}

/* The socket */

char *service_control_path(const Config *config)
{
    const char *directory = getenv("RUNTIME_DIRECTORY");

    if (config != NULL && config->control.socket != NULL)
        return g_strdup(config->control.socket);
    return directory != NULL && *directory == '/' ? g_build_filename(directory, "control", NULL) : NULL;
}

gboolean service_control_is_wanted(const Config *config)
{
    g_autofree char *path = service_control_path(config);

    return path != NULL;
}

static void forget(Future *future, Question *question)
{
    if (future != NULL)
        future_remove_done_callback(future, on_result, question);
    future_unref(future);
}

static void question_free(void *data)
{
    Question *question = data;

    forget(question->future, question);
    forget(question->old_future, question);
    timer_free(question->patience);
    g_free(question);
}

ServiceControl *service_control_new(Service *service, const Config *config, GError **error)
{
    ServiceControl *control = g_new0(ServiceControl, 1);
    g_autofree char *path = service_control_path(config);

    control->service = service;
    control->context = service_context(service);
    control->pending = g_hash_table_new_full(NULL, NULL, question_free, NULL);
    control->control =
        control_new(&(ControlOptions){.path = path,
                                      .mode = (guint)g_ascii_strtoull(config->control.mode, NULL, 8),
                                      .group = config->control.group,
                                      .on_request = on_request,
                                      .data = control},
                    control->context, error);
    if (control->control == NULL)
        g_clear_pointer(&control, service_control_free);
    return control;
}

void service_control_free(ServiceControl *control)
{
    GHashTableIter iter;
    void *question;

    if (control == NULL)
        return;
    control_free(control->control);
    g_hash_table_iter_init(&iter, control->pending);
    while (g_hash_table_iter_next(&iter, &question, NULL)) {
        const Question *open = question;

        control_answer(open->call, control_answer_error("stopped"));
    }
    g_hash_table_unref(control->pending);
    g_free(control);
}
