#include "concurrent/orphans.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/signals.h"
#include "concurrent/leftovers.h"
#include "concurrent/process.h"

/* How long killed processes may take to end: freeing much memory takes time. Less than the time that an
 * executor leaves its children for their end before it sends SIGTERM (STOP_GRACE_US in worker.c). */
#define RELEASE_PATIENCE_US (2 * CLOCK_US_PER_S)

/* Checks before it reaps: an own child's exit code is left to its Process, whose pidfd stays readable. */
static void reap_strangers(int signal_number, void *data)
{
    siginfo_t info = {.si_pid = 0};

    (void)signal_number;
    (void)data;
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
        if (!process_reap(info.si_pid))
            (void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
        info.si_pid = 0;
    }
    (void)leftovers_kill_again();
}

GSource *orphans_adopt(GMainContext *context, GError **error)
{
    static const int signals[] = {SIGCHLD, 0};

    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "becoming a subreaper");
        return NULL;
    }
    return signals_watch(context, signals, reap_strangers, NULL);
}

GSource *orphans_adopt_if_first(GMainContext *context)
{
    return getpid() == 1 ? orphans_adopt(context, NULL) : NULL;
}

void orphans_release(GSource *orphans)
{
    const gint64 end_us = clock_now_us() + RELEASE_PATIENCE_US;

    if (orphans == NULL)
        return;
    while (leftovers_kill_again() && clock_now_us() < end_us) {
        g_usleep(CLOCK_US_PER_MS);
        reap_strangers(SIGCHLD, NULL);
    }
    g_source_destroy(orphans);
    g_source_unref(orphans);
}
