#include "daemon/dispatch/worker_pool.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text_cut.h"
#include "config/location.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/roles.h"
#include "s3/aws/uri.h"

/* How long a worker may take for an object, beyond its imager's time, per attempt at a request. After that it
 * is considered hung. */
#define WORKER_SLACK_US (120 * CLOCK_US_PER_S)

/* A worker sends a note for the start and the death of each imager. With a fresh imager for each object, that
 * is some dozens per second. */
#define NOTES_PER_S 50u

/* Questions of a worker that may be refused. A refused question is a mistake, which a worker that works as
 * intended never makes. */
#define MAX_REFUSALS 8u

/* Maximum number of sources ahead of a task in its worker's queue for the imager. */
#define RENDERINGS_AHEAD 16u

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* Default ports of https:// and http:// URLs. */
#define PORT_HTTPS 443u
#define PORT_HTTP  80u

static void add_port(GVariantBuilder *ports, guint port)
{
    if (port > 0)
        g_variant_builder_add(ports, "q", (guint16)port);
}

/* Adds the port of a bucket's server. AWS's own servers are contacted over https. */
static void add_store(GVariantBuilder *ports, const char *url, const S3Config *s3)
{
    g_auto(UriEndpoint) endpoint = {0};

    if (!location_is_bucket(url))
        return;
    if (s3->endpoint == NULL || !uri_parse_endpoint(s3->endpoint, &endpoint, NULL))
        add_port(ports, PORT_HTTPS);
    else
        add_port(ports, endpoint.port != 0 ? endpoint.port : endpoint.is_https ? PORT_HTTPS : PORT_HTTP);
}

/* The absolute path of a store that is a directory; "" for a bucket. Owned by the caller. */
static char *directory_of(const char *url)
{
    g_auto(Location) location = {0};

    if (location_is_bucket(url) || !location_parse(url, &location, NULL))
        return g_strdup("");
    return g_strdup(location.prefix);
}

static guint modes_of(const DestinationConfig *destination)
{
    const guint64 modes =
        g_ascii_strtoull(destination->file_mode, NULL, 8) | g_ascii_strtoull(destination->dir_mode, NULL, 8);

    return location_is_bucket(destination->url) ? 0 : (guint)modes;
}

/* The files and ports that workers may use: WORKER_REACH_TYPE, floating. */
static GVariant *reach_of(const Config *config, const HttpProxies *proxies)
{
    g_autofree char *source = directory_of(config->source.url);
    g_autofree char *destination = directory_of(config->destination.url);
    GVariantBuilder ports;

    g_variant_builder_init(&ports, G_VARIANT_TYPE("aq"));
    add_store(&ports, config->source.url, &config->source.s3);
    add_store(&ports, config->destination.url, &config->destination.s3);
    if (proxies->http != NULL)
        add_port(&ports, http_proxies_port(proxies->http));
    if (proxies->https != NULL)
        add_port(&ports, http_proxies_port(proxies->https));
    return g_variant_new(WORKER_REACH_TYPE, source, config->source.follow_links == CONFIG_LINKS_ANY,
                         destination, &ports, modes_of(&config->destination));
}

static GVariant *initializer_args(const WorkerPoolOptions *options)
{
    const Config *config = options->config;
    const HttpProxies *proxies = options->proxies;

    return g_variant_new("(ssubxusssub@" IMAGER_INIT_TYPE "@" WORKER_REACH_TYPE ")",
                         or_empty(config->source.s3.ca_file), or_empty(config->destination.s3.ca_file),
                         config->retries.attempts, config->destination.s3.verify_etag,
                         config->workers.task_timeout_ms, config->workers.max_tasks_per_child,
                         or_empty(proxies->http), or_empty(proxies->https), or_empty(proxies->exceptions),
                         (guint32)config->destination.s3.checksum, config->destination.s3.sign_payload,
                         g_variant_new(IMAGER_INIT_TYPE,
                                       options->is_examined || config->sandbox == CONFIG_SANDBOX_BEST_EFFORT,
                                       config->limits.max_output_bytes, config_memory_bytes(config)),
                         reach_of(config, proxies));
}

gboolean worker_pool_find_room(const ResourceLimits *limits, guint n_wanted, const Config *config,
                               Room *ret_room, GError **error)
{
    g_autofree char *wanted = g_strdup_printf("%u", n_wanted);
    g_autofree char *workers = NULL;

    if (!room_find(limits, n_wanted, config->outputs->len, ret_room, error))
        return FALSE;
    workers = g_strdup_printf("%u", ret_room->workers);
    if (ret_room->workers < n_wanted)
        log_event(LOG_WARNING,
                  "fewer workers than configured: the limits of open files or processes allow no more",
                  "workers", workers, "configured", wanted, NULL);
    return TRUE;
}

ProcessExecutor *worker_pool_start(const WorkerPoolOptions *options, GMainContext *context, GError **error)
{
    const Config *config = options->config;
    const guint wanted =
        config->workers.tasks_in_flight != 0 ? config->workers.tasks_in_flight : LIMIT_TASKS_IN_FLIGHT;
    const guint tasks_in_flight = MIN(wanted, options->tasks);
    const gint64 task_timeout_us = config->workers.task_timeout_ms * CLOCK_US_PER_MS;
    g_autofree char *executable = role_executable(ROLE_WORKER, error);
    g_auto(GStrv) env = role_environment();

    if (executable == NULL)
        return NULL;
    return process_executor_new(
        &(ProcessExecutorOptions){
            .name = role_name(ROLE_WORKER),
            .executable = executable,
            .env = (const char *const *)env,
            .max_workers = options->count,
            .tasks_in_flight = tasks_in_flight,
            .concurrent = TRUE,
            .task_timeout_us = task_timeout_us * 2 * MIN(tasks_in_flight, RENDERINGS_AHEAD) +
                               WORKER_SLACK_US * config->retries.attempts,
            .heartbeat_us = config->heartbeat_timeout_ms * CLOCK_US_PER_MS,
            .notes_per_s = NOTES_PER_S,
            .max_refusals = MAX_REFUSALS,
            .max_failure_bytes = TEXT_REASON_BYTES,
            .own_session = TRUE,
#ifndef THUMBMILL_SANITIZED
            .stdio = PROCESS_STDIO_CAPTURE, /* a worker writes an obituary at most, never log records */
#endif
            .initializer_args = initializer_args(options),
            .on_child = options->on_child,
            .on_note = options->on_note,
            .on_ask = options->on_ask,
            .data = options->data,
        },
        context);
}
