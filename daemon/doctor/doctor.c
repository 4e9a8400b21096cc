#include "daemon/doctor/doctor.h"

#include "base/clock.h"
#include "base/error.h"
#include "batch/key_order.h"
#include "concurrent/task.h"
#include "daemon/access/stores.h"
#include "daemon/dispatch/worker_pool.h"
#include "daemon/doctor/exam.h"
#include "daemon/protocol/messages.h"
#include "sandbox/privileges.h"

struct Doctor {
    const Config *config;
    const StoreCredentials *keys;
    Call *call;
    Loop *loop;
    Stores *stores;
    ProcessExecutor *worker;
    Future *life;
    char *probe;
    GPtrArray *findings;
};

void exam_note(const Exam *exam, const char *check, FindingState state, const char *words, const char *advice)
{
    findings_add(exam->findings, exam->subject, check, state, words, advice);
}

gboolean exam_note_nothing_listed(const Exam *exam)
{
    g_autofree char *words = g_strdup_printf("no objects below %s", store_url(exam->store));

    exam_note(exam, "list", FINDING_WARNING, words,
              "If there should be originals, check the part of source.url that follows the bucket or the "
              "host: the prefix must match exactly.");
    return TRUE;
}

/* Adds where the credentials come from, but never their values. check: names the store. */
static void note_keys(const Doctor *doctor, const char *check, CredentialsKeeper *keeper)
{
    const Credentials *credentials = credentials_keeper_current(keeper);
    g_autofree char *words = NULL;
    gint64 left_s;

    if (credentials == NULL) {
        findings_add(doctor->findings, "credentials", check, FINDING_FAILED, "expired", "Get new ones.");
        return;
    }
    left_s = credentials_expiry_s(credentials) - clock_wall_us() / CLOCK_US_PER_S;
    words = credentials_expiry_s(credentials) == CREDENTIALS_FOREVER
                ? g_strdup(credentials_source(credentials))
                : g_strdup_printf("%s, valid for %" G_GINT64_FORMAT " s", credentials_source(credentials),
                                  left_s);
    findings_add(doctor->findings, "credentials", check, FINDING_OK, words, NULL);
}

static void note_order(const Doctor *doctor)
{
    g_autofree char *note = key_order_note(doctor->config);

    if (note != NULL)
        findings_add(
            doctor->findings, "destination", "order", FINDING_WARNING, note,
            "With a key template like {output}/{dir}{stem}.{ext} for each output, a run compares page by "
            "page.");
}

static void note_credentials(const Doctor *doctor)
{
    CredentialsKeeper *source = store_credentials_source(doctor->keys),
                      *destination = store_credentials_destination(doctor->keys);

    if (source != NULL)
        note_keys(doctor, destination != NULL && destination != source ? "of the source" : "found", source);
    if (destination != NULL && destination != source)
        note_keys(doctor, source != NULL ? "of destination" : "found", destination);
}

static void examine(const Doctor *doctor, Store *store, gboolean is_destination)
{
    const Exam exam = {.loop = doctor->loop,
                       .config = doctor->config,
                       .store = store,
                       .subject = is_destination ? "destination" : "source",
                       .is_destination = is_destination,
                       .probe = doctor->probe,
                       .findings = doctor->findings};

    if (store_is_directory(store))
        exam_directory(&exam);
    else
        exam_bucket(&exam);
    if (is_destination)
        exam_recipes(&exam);
}

static void note_layer(const Doctor *doctor, const char *check, gint32 code, const char *words)
{
    const gboolean is_allowed = doctor->config->sandbox == CONFIG_SANDBOX_BEST_EFFORT;

    if (code == 0)
        findings_add(doctor->findings, "sandbox", check, FINDING_OK, words, NULL);
    else
        findings_add(doctor->findings, "sandbox", check, is_allowed ? FINDING_WARNING : FINDING_FAILED,
                     g_strerror(code),
                     is_allowed ? "Workers run without it, as `sandbox: best-effort` allows."
                                : "Allow its system calls in the container or service, or boot a kernel that "
                                  "supports it; or set `sandbox: best-effort` to run workers without it.");
}

/* Adds how a worker reports that it is confined, and the privileges of this process. */
static void note_confinement(const Doctor *doctor)
{
    g_autofree char *own = privileges_describe();
    g_autoptr(GError) error = NULL;
    g_autoptr(Future) future = executor_submit(process_executor_base(doctor->worker), TARGET_DESCRIBE,
                                               g_variant_new("()"), NULL, &error);
    GVariant *value = future != NULL ? await(future, &error) : NULL;
    const char *landlock, *privileges, *denied;
    gint32 seccomp_errno, landlock_errno;

    findings_add(doctor->findings, "sandbox", "rights of the supervisor", FINDING_OK, own, NULL);
    if (value == NULL || !g_variant_is_of_type(value, G_VARIANT_TYPE(WORKER_DESCRIPTION_TYPE))) {
        findings_add(doctor->findings, "sandbox", "worker", FINDING_FAILED,
                     error != NULL ? error->message : "not reported", "Correct what the message names.");
        return;
    }
    g_variant_get(value, "(ii&s&s&s)", &seccomp_errno, &landlock_errno, &landlock, &privileges, &denied);
    note_layer(doctor, "seccomp of the worker", seccomp_errno, "active");
    note_layer(doctor, "Landlock of the worker", landlock_errno, landlock);
    findings_add(doctor->findings, "sandbox", "rights of the worker", FINDING_OK, privileges, NULL);
    if (denied[0] != '\0')
        findings_add(doctor->findings, "sandbox", "system calls of the worker", FINDING_WARNING, denied,
                     "These system calls were denied unexpectedly: a library is newer than the sandbox "
                     "rules. Please report it.");
}

static GVariant *doctor_life(void *data, GError **error)
{
    const Doctor *doctor = data;

    (void)error;
    note_credentials(doctor);
    examine(doctor, doctor->stores->source, FALSE);
    examine(doctor, doctor->stores->destination, TRUE);
    note_order(doctor);
    note_confinement(doctor);
    return NULL;
}

static void life_over(Future *life, void *data)
{
    Doctor *doctor = data;
    GError *error = NULL;

    if (future_result(life, 0, &error) != NULL)
        call_return(doctor->call, findings_to_variant(doctor->findings), NULL);
    else
        call_fail(doctor->call, error);
}

Doctor *doctor_new(const DoctorOptions *options, Call *call, GMainContext *context, GError **error)
{
    Doctor *doctor = g_new0(Doctor, 1);

    doctor->config = options->config;
    doctor->keys = options->keys;
    doctor->findings = findings_new();
    doctor->probe = g_strdup_printf("thumbmill-doctor-%08x%08x", g_random_int(), g_random_int());
    doctor->loop = loop_new(context, error);
    if (doctor->loop != NULL)
        doctor->stores = stores_open(options->config, options->keys, options->proxies, context, error);
    if (doctor->stores != NULL)
        doctor->worker = worker_pool_start(&(WorkerPoolOptions){.config = options->config,
                                                                .count = 1,
                                                                .tasks = 1,
                                                                .proxies = options->proxies,
                                                                .is_examined = TRUE},
                                           context, error);
    if (doctor->worker == NULL) {
        doctor_free(doctor);
        return NULL;
    }
    doctor->call = call;
    doctor->life = task_new(doctor->loop, doctor_life, doctor);
    future_add_done_callback(doctor->life, life_over, doctor);
    return doctor;
}

void doctor_free(Doctor *doctor)
{
    if (doctor == NULL)
        return;
    if (doctor->loop != NULL)
        (void)loop_close(doctor->loop, NULL);
    if (doctor->life != NULL)
        future_unref(doctor->life);
    loop_unref(doctor->loop);
    if (doctor->worker != NULL)
        executor_free(process_executor_base(doctor->worker));
    stores_close(doctor->stores);
    g_ptr_array_unref(doctor->findings);
    g_free(doctor->probe);
    g_free(doctor);
}
