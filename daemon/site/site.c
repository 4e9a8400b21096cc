#include "daemon/site/site.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/timer.h"
#include "concurrent/process_executor.h"
#include "daemon/metrics/exposition.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/roles.h"
#include "daemon/service/service_control.h"
#include "daemon/site/page.h"
#include "daemon/site/page_text.h"
#include "daemon/site/site_listen.h"

#define PUBLISH_INTERVAL_US CLOCK_US_PER_S

/* Warnings and errors that are kept for the page, and the bytes of each of their texts. */
#define MAX_RECORDS      50u
#define MAX_RECORD_BYTES 1000u

#define PLAIN_POLICY     "default-src 'none'"

struct Site {
    Service *service;
    ProcessExecutor *web;
    int fd; /* listens */
    char *listen;
    char *policy; /* of the page */
    Timer *timer;
    Future *published; /* NULL unless documents are on their way */
    Future *question;  /* NULL unless the supervisor was asked for its workers */
    GVariant *workers; /* its last answer, or NULL */
    GQueue records;    /* of PageRecord, the latest first */
    PassResult passes[PAGE_MAX_PASSES];
    guint n_passes;
    gboolean is_broken; /* has been logged */
};

/* Records */

static void record_free(void *data)
{
    PageRecord *record = data;

    g_free(record->message);
    g_free(record->key);
    g_free(record->reason);
    g_free(record);
}

static char *cut(const char *text)
{
    char *copy = g_strndup(text, MAX_RECORD_BYTES);
    char *valid = g_utf8_make_valid(copy, -1);

    g_free(copy);
    return valid;
}

/* The fields that say what a record is about: the first of these that it has. */
static char *find_field(GVariant *fields, const char *const *names)
{
    const char *value;

    for (guint i = 0; names[i] != NULL; i++)
        if (g_variant_lookup(fields, names[i], "&s", &value))
            return cut(value);
    return NULL;
}

static void on_record(LogLevel level, const char *message, GVariant *fields, void *data)
{
    static const char *const keys[] = {"key", "url", NULL}, *const reasons[] = {"reason", "obituary", NULL};
    Site *site = data;
    PageRecord *record;

    if (level < LOG_WARNING)
        return;
    record = g_new0(PageRecord, 1);
    *record = (PageRecord){.wall_us = clock_wall_us(),
                           .is_error = level == LOG_ERROR,
                           .message = cut(message),
                           .key = find_field(fields, keys),
                           .reason = find_field(fields, reasons)};
    g_queue_push_head(&site->records, record);
    if (site->records.length > MAX_RECORDS)
        record_free(g_queue_pop_tail(&site->records));
}

/* Passes and workers */

/* Remembers a pass that has ended since the last call. */
static void take_pass(Site *site, const PassResult *last)
{
    const PassResult *known = site->n_passes > 0 ? &site->passes[site->n_passes - 1] : NULL;

    if (last->ended_us == 0 || (known != NULL && known->ended_us == last->ended_us))
        return;
    if (site->n_passes == PAGE_MAX_PASSES)
        memmove(site->passes, site->passes + 1, --site->n_passes * sizeof site->passes[0]);
    site->passes[site->n_passes++] = *last;
}

static void on_workers(Future *future, void *data)
{
    Site *site = data;
    GVariant *value = future_result(future, 0, NULL);

    g_clear_pointer(&site->workers, g_variant_unref);
    if (value != NULL)
        site->workers = g_variant_ref(value);
    g_clear_pointer(&site->question, future_unref);
}

static void ask_for_workers(Site *site, gboolean has_pass)
{
    if (!has_pass)
        g_clear_pointer(&site->workers, g_variant_unref);
    if (!has_pass || site->question != NULL)
        return;
    site->question = service_ask(site->service, TARGET_WORKERS, g_variant_new("()"));
    if (site->question != NULL)
        future_add_done_callback(site->question, on_workers, site);
}

/* Documents */

typedef struct {
    const char *path;
    guint status;
    gboolean is_alarm;
    const char *type, *policy;
} Place;

static void add_document(GVariantBuilder *builder, const Place *place, const char *text)
{
    g_variant_builder_add(builder, "(subss@ay)", place->path, place->status, place->is_alarm, place->type,
                          place->policy,
                          g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text, strlen(text), 1));
}

static void add_health(GVariantBuilder *builder, const ServiceStatus *status)
{
    static const char type[] = "text/plain; charset=utf-8";
    const gboolean is_ready = status->phase == SERVICE_IDLE || status->phase == SERVICE_PASS;
    g_autofree char *text = g_strdup_printf("%s\n", service_phase_name(status->phase));

    add_document(builder, &(Place){"/healthz", 200, TRUE, type, PLAIN_POLICY}, "alive\n");
    add_document(builder, &(Place){"/readyz", is_ready ? 200 : 503, TRUE, type, PLAIN_POLICY}, text);
}

static void add_status(GVariantBuilder *builder, const Site *site)
{
    json_t *status = service_control_status(site->service);
    char *dump = json_dumps(status, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    g_autofree char *text = g_strconcat(dump, "\n", NULL);

    free(dump);
    json_decref(status);
    add_document(builder, &(Place){"/status.json", 200, FALSE, "application/json", PLAIN_POLICY}, text);
}

/* Floating, of PUBLISH_ARGS_TYPE. */
static GVariant *make_documents(const Site *site, const ServiceStatus *status)
{
    const GPtrArray *metrics = service_get_metrics(site->service);
    g_autofree char *exposed = metrics_to_text(metrics);
    g_autofree char *page = page_make(&(PageView){.job = ((const Metrics *)metrics->pdata[0])->job,
                                                  .status = *status,
                                                  .passes = site->passes,
                                                  .n_passes = site->n_passes,
                                                  .workers = site->workers,
                                                  .records = &site->records,
                                                  .wall_us = clock_wall_us()});
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a" WEB_DOCUMENT_TYPE));
    add_health(&builder, status);
    add_status(&builder, site);
    add_document(&builder, &(Place){"/metrics", 200, FALSE, EXPOSITION_TYPE, PLAIN_POLICY}, exposed);
    add_document(&builder, &(Place){"/", 200, FALSE, "text/html; charset=utf-8", site->policy}, page);
    return g_variant_new("(a" WEB_DOCUMENT_TYPE ")", &builder);
}

/* Publishing */

static void on_published(Future *future, void *data)
{
    Site *site = data;

    (void)future; /* if the process died, its successor gets the next ones */
    g_clear_pointer(&site->published, future_unref);
}

static void tell_broken(Site *site)
{
    const GError *broken = process_executor_broken(site->web);

    if (broken != NULL && !site->is_broken)
        log_event(LOG_ERROR, "http.listen is not served: thumbmill-web cannot be started", "reason",
                  broken->message, NULL);
    site->is_broken = broken != NULL;
}

static void publish(void *data)
{
    Site *site = data;
    ServiceStatus status;

    timer_set(site->timer, clock_now_us() + PUBLISH_INTERVAL_US);
    tell_broken(site);
    service_get_status(site->service, &status);
    take_pass(site, &status.last_pass);
    ask_for_workers(site, status.pass_elapsed_us > 0);
    if (site->published != NULL || site->is_broken)
        return;
    site->published = executor_submit(process_executor_base(site->web), TARGET_PUBLISH,
                                      make_documents(site, &status), NULL, NULL);
    if (site->published != NULL)
        future_add_done_callback(site->published, on_published, site);
}

/* A new process has to be given the socket before anything else. */
static void on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data)
{
    Site *site = data;
    FdList *fds;
    gint32 handle;

    (void)process;
    if (event == CHILD_DIED)
        log_event(LOG_WARNING, "thumbmill-web died; starting another one", "obituary", text, NULL);
    if (event != CHILD_READY)
        return;
    fds = fd_list_new();
    handle = fd_list_append(fds, fcntl(site->fd, F_DUPFD_CLOEXEC, 0));
    future_unref(executor_submit(process_executor_base(executor), TARGET_LISTEN,
                                 g_variant_new(LISTEN_ARGS_TYPE, handle), fds, NULL));
    timer_set(site->timer, 0);
}

static gboolean start_web(Site *site, const Config *config, GError **error)
{
    g_autofree char *executable = role_executable(ROLE_WEB, error);
    g_auto(GStrv) env = role_environment();

    if (executable == NULL)
        return FALSE;
    site->web = process_executor_new(
        &(ProcessExecutorOptions){
            .name = role_name(ROLE_WEB),
            .executable = executable,
            .env = (const char *const *)env,
            .max_workers = 1,
            .tasks_in_flight = 4,
            .concurrent = TRUE,
            .task_timeout_us = 10 * CLOCK_US_PER_S,
            .heartbeat_us = 30 * CLOCK_US_PER_S,
            .initializer_args = g_variant_new(WEB_INIT_TYPE, config->sandbox == CONFIG_SANDBOX_BEST_EFFORT),
            .on_child = on_child,
            .data = site,
        },
        service_context(site->service));
    return TRUE;
}

Site *site_new(Service *service, const Config *config, GError **error)
{
    Site *site = g_new0(Site, 1);

    site->service = service;
    site->fd = site_listen_open(config->http.listen, error);
    if (site->fd >= 0)
        site->listen = g_strdup(config->http.listen);
    site->policy = page_text_policy();
    site->timer = timer_new(service_context(service), publish, site);
    if (site->fd < 0 || !start_web(site, config, error)) {
        site_free(site);
        return NULL;
    }
    log_set_listener(on_record, site);
    timer_set(site->timer, 0);
    return site;
}

/* Without a call of on_done. */
static void drop_future(Future **future, FutureFunc on_done, Site *site)
{
    if (*future != NULL)
        future_remove_done_callback(*future, on_done, site);
    g_clear_pointer(future, future_unref);
}

void site_free(Site *site)
{
    if (site == NULL)
        return;
    log_set_listener(NULL, NULL);
    drop_future(&site->published, on_published, site);
    drop_future(&site->question, on_workers, site);
    if (site->web != NULL)
        executor_free(process_executor_base(site->web));
    timer_free(site->timer);
    g_clear_pointer(&site->workers, g_variant_unref);
    g_queue_clear_full(&site->records, record_free);
    if (site->listen != NULL)
        site_listen_remove(site->listen);
    fd_clear(&site->fd);
    g_free(site->listen);
    g_free(site->policy);
    g_free(site);
}
