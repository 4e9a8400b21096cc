#include "daemon/service/service_signals.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "concurrent/orphans.h"

/* Signals less than this apart count as one request. */
#define SAME_WISH_US (100 * CLOCK_US_PER_MS)

struct ServiceSignals {
    Service *service;
    GSource *watch;
    GSource *orphans; /* or NULL if this process is not pid 1 */
    gint64 stop_us;   /* time of the last stop signal; 0 before that */
};

/* Some senders signal a process and then its group: signals that arrive together count as one request. */
static void on_stop_signal(ServiceSignals *signals, gboolean at_once)
{
    const gint64 now_us = clock_now_us();

    if (!at_once && signals->stop_us != 0) {
        if (now_us - signals->stop_us < SAME_WISH_US)
            return;
        at_once = TRUE;
    }
    signals->stop_us = now_us;
    service_stop(signals->service, at_once);
}

/* Logs one line for each mistake, including its place. */
static void on_reload_signal(Service *service)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lines = NULL;

    if (service_reload(service, &error))
        return;
    lines = g_strsplit(error->message, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        log_event(LOG_ERROR, "not reloaded; keeping the old configuration", "reason", *line, NULL);
}

static void log_status(const Service *service)
{
    ServiceStatus status;

    service_get_status(service, &status);
    service_log_status(&status);
}

static void on_signal(int signal_number, void *data)
{
    ServiceSignals *signals = data;

    log_event(LOG_DEBUG, "signal", "signal", strsignal(signal_number), NULL);
    switch (signal_number) {
    case SIGHUP: on_reload_signal(signals->service); break;
    case SIGUSR1: log_status(signals->service); break;
    default: on_stop_signal(signals, signal_number == SIGQUIT); break;
    }
}

static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, 0};

void service_signals_hold(void)
{
    signals_block(numbers);
    signals_ignore_broken_pipes(); /* the reader of the log may exit */
}

ServiceSignals *service_signals_new(Service *service)
{
    GMainContext *context = service_context(service);
    ServiceSignals *signals = g_new0(ServiceSignals, 1);

    signals->service = service;
    signals->watch = signals_watch(context, numbers, on_signal, signals);
    signals->orphans = orphans_adopt_if_first(context);
    return signals;
}

void service_signals_free(ServiceSignals *signals)
{
    g_source_destroy(signals->watch);
    g_source_unref(signals->watch);
    orphans_release(signals->orphans);
    g_free(signals);
}
