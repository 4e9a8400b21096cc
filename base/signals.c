#include "base/signals.h"

#include <glib-unix.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

typedef struct {
    SignalFunc func;
    void *data;
    int fd;
} Watch;

static gboolean watch_ready(int fd, GIOCondition condition, void *data)
{
    Watch *watch = data;
    struct signalfd_siginfo info;

    (void)condition;
    while (read(fd, &info, sizeof info) == (gssize)sizeof info)
        watch->func((int)info.ssi_signo, watch->data);
    return G_SOURCE_CONTINUE;
}

static void watch_free(void *data)
{
    Watch *watch = data;

    close(watch->fd);
    g_free(watch);
}

static void fill(sigset_t *set, const int *signal_numbers)
{
    sigemptyset(set);
    for (; *signal_numbers != 0; signal_numbers++)
        sigaddset(set, *signal_numbers);
}

void signals_block(const int *signal_numbers)
{
    sigset_t set;

    fill(&set, signal_numbers);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

void signals_ignore_broken_pipes(void)
{
    signal(SIGPIPE, SIG_IGN);
}

GSource *signals_watch(GMainContext *context, const int *signal_numbers, SignalFunc func, void *data)
{
    Watch *watch = g_new0(Watch, 1);
    GSource *source;
    sigset_t set;

    signals_block(signal_numbers);
    fill(&set, signal_numbers);
    watch->func = func;
    watch->data = data;
    watch->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (watch->fd < 0)
        g_error("signalfd failed");
    source = g_unix_fd_source_new(watch->fd, G_IO_IN);
    g_source_set_callback(source, G_SOURCE_FUNC(watch_ready), watch, watch_free);
    g_source_attach(source, context);
    return source;
}
