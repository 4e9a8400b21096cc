#include "tests/daemon/service/bench.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "daemon/session/encoders.h"

gboolean bench_can_encode = TRUE;

/* The encoders of these tests. */
gboolean encoders_check(const Config *config, GError **error)
{
    (void)config;
    if (!bench_can_encode)
        error_set(error, ERROR_CONFIG, "this machine cannot encode 'a'");
    return bench_can_encode;
}

static int open_notify_socket(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = g_build_filename(folder, "notify", NULL);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    cr_assert_lt(g_strlcpy(address.sun_path, path, sizeof address.sun_path), sizeof address.sun_path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    g_setenv("NOTIFY_SOCKET", path, TRUE);
    return fd;
}

void bench_configure(const Bench *bench, const char *more)
{
    g_autofree char *text = g_strdup_printf("source: {url: 'file://%s/originals/'}\n"
                                            "destination: {url: 'file://%s/made/'}\n"
                                            "outputs: [{name: a, width: 10, height: 10}]\n"
                                            "state_directory: '%s'\n"
                                            "%s",
                                            bench->folder, bench->folder, bench->folder, more);

    cr_assert(g_file_set_contents(bench->config_path, text, -1, NULL));
}

void bench_open(Bench *bench, const char *more)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;

    *bench = (Bench){.folder = g_dir_make_tmp("test-service-XXXXXX", NULL)};
    bench->config_path = g_build_filename(bench->folder, "config.yaml", NULL);
    bench->notify_fd = open_notify_socket(bench->folder);
    bench_configure(bench, more);
    config = config_load(bench->config_path, &error);
    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    bench->service =
        service_new(&(ServiceOptions){.config_path = bench->config_path, .lock = RUN_LOCK_REQUIRED},
                    g_steal_pointer(&config), &error);
    cr_assert_not_null(bench->service, "%s", error != NULL ? error->message : "");
    bench_settle(bench);
}

void bench_close(Bench *bench)
{
    g_autofree char *command = g_strconcat("rm -rf ", bench->folder, NULL);

    service_free(bench->service);
    close(bench->notify_fd);
    cr_assert_eq(system(command), 0);
    g_free(bench->folder);
    g_free(bench->config_path);
}

ProcessExecutor *bench_supervisor(guint i)
{
    return children_find("supervisor", i);
}

guint bench_asked(guint i, const char *target)
{
    return bench_supervisor(i) != NULL ? children_open(bench_supervisor(i), target) : 0;
}

/* Starts supervisors that are new, and answers pings. TRUE if there was anything to do. */
static gboolean serve(const Bench *bench)
{
    ProcessExecutor *supervisor;
    gboolean did = FALSE;

    for (guint i = 0; (supervisor = bench_supervisor(i)) != NULL; i++) {
        if (children_pid(supervisor) == 0) {
            children_ready(supervisor);
            did = TRUE;
        }
        while (!bench->is_deaf && children_open(supervisor, TARGET_PING) > 0) {
            children_return(supervisor, TARGET_PING, 0, g_variant_new("()"), NULL);
            did = TRUE;
        }
    }
    return did;
}

void bench_settle(Bench *bench)
{
    do
        moved_clock_settle(service_context(bench->service));
    while (serve(bench));
}

void bench_wait(Bench *bench, guint seconds)
{
    for (guint i = 0; i < seconds; i++) {
        moved_clock_advance(service_context(bench->service), CLOCK_US_PER_S);
        bench_settle(bench);
    }
}

void bench_return(Bench *bench, guint i, const char *target, GVariant *result)
{
    children_return(bench_supervisor(i), target, 0, result, NULL);
    bench_settle(bench);
}

void bench_start(Bench *bench)
{
    bench_return(bench, 0, TARGET_PROBE, g_variant_new("()"));
}

void bench_end_pass(Bench *bench, guint i, ExitCode exit)
{
    g_autoptr(RunReport) report = report_new("test");

    report->exit = (gint32)exit;
    report->objects.done = 3;
    report->objects.failed = exit == EXIT_CODE_FAILED ? 1 : 0;
    bench_return(bench, i, TARGET_RUN, report_to_variant(report));
}

ServicePhase bench_phase(const Bench *bench)
{
    ServiceStatus status;

    service_get_status(bench->service, &status);
    return status.phase;
}

char *bench_take_notes(const Bench *bench)
{
    GString *text = g_string_new(NULL);
    char buffer[1024];
    gssize n;

    while ((n = recv(bench->notify_fd, buffer, sizeof buffer, 0)) >= 0) {
        g_string_append_len(text, buffer, n);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}
