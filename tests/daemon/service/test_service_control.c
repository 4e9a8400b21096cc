/* The commands of the control socket, sent over a real socket to a service whose supervisors are made in memory. */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/service/control.h"
#include "daemon/service/control_commands.h"
#include "daemon/service/service_control.h"
#include "tests/daemon/service/bench.h"

typedef struct {
    Bench bench;
    Config *config;
    ServiceControl *control;
    int fd; /* of a client */
} Console;

static void ignore(LogLevel level, const char *message, GVariant *fields, void *data)
{
    (void)level;
    (void)message;
    (void)fields;
    (void)data;
}

static void setup(void)
{
    log_set_sink(ignore, NULL);
}

TestSuite(service_control, .init = setup);

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    cr_assert_eq(connect(fd, (const struct sockaddr *)&address, sizeof address), 0, "%s", strerror(errno));
    return fd;
}

static void console_open(Console *console)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;

    bench_open(&console->bench, "every: 1h\n");
    path = g_build_filename(console->bench.folder, "control", NULL);
    {
        g_autofree char *more = g_strdup_printf("every: 1h\ncontrol: {socket: '%s'}\n", path);

        bench_configure(&console->bench, more);
    }
    console->config = config_load(console->bench.config_path, &error);
    cr_assert_not_null(console->config, "%s", error != NULL ? error->message : "");
    cr_assert(service_control_is_wanted(console->config));
    console->control = service_control_new(console->bench.service, console->config, &error);
    cr_assert_not_null(console->control, "%s", error != NULL ? error->message : "");
    console->fd = connect_to(path);
}

static void console_close(Console *console)
{
    close(console->fd);
    service_control_free(console->control);
    config_free(console->config);
    bench_close(&console->bench);
}

static void send_line(Console *console, const char *line)
{
    cr_assert_eq(send(console->fd, line, strlen(line), MSG_NOSIGNAL), (gssize)strlen(line));
    bench_settle(&console->bench);
}

/* The answer that has arrived, or NULL. */
static json_t *receive(Console *console)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[4096];
    gssize n;

    bench_settle(&console->bench);
    while ((n = recv(console->fd, buffer, sizeof buffer, 0)) > 0) {
        g_string_append_len(text, buffer, n);
        bench_settle(&console->bench);
    }
    return text->len > 0 ? json_loads(text->str, 0, NULL) : NULL;
}

/* Sends a command; value may be NULL. */
static void command(Console *console, const char *name, const char *value)
{
    g_autofree char *line = control_request_format(name, value);

    send_line(console, line);
}

static void assert_ok(Console *console)
{
    json_t *answer = receive(console);

    cr_assert_not_null(answer);
    cr_assert(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void assert_error(Console *console, const char *expected)
{
    json_t *answer = receive(console);

    cr_assert_not_null(answer);
    cr_assert(json_is_false(json_object_get(answer, "ok")));
    cr_assert_str_eq(json_string_value(json_object_get(answer, "error")), expected);
    json_decref(answer);
}

Test(service_control, status_tells_how_the_service_is)
{
    Console console;
    json_t *answer;

    console_open(&console);
    command(&console, "status", NULL);
    answer = receive(&console);
    cr_assert_str_eq(json_string_value(json_object_get(answer, "phase")), "starting");
    cr_assert(json_is_null(json_object_get(answer, "pass")));
    cr_assert(json_is_null(json_object_get(answer, "last_pass")));
    json_decref(answer);
    bench_start(&console.bench);
    bench_end_pass(&console.bench, 0, EXIT_CODE_FAILED);
    service_run_now(console.bench.service);
    bench_wait(&console.bench, 1);
    command(&console, "status", NULL);
    answer = receive(&console);
    cr_assert_str_eq(json_string_value(json_object_get(answer, "phase")), "pass");
    cr_assert(json_is_object(json_object_get(answer, "pass")));
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(answer, "last_pass"), "result")),
                     "finished, but some objects failed");
    cr_assert(json_is_string(json_object_get(answer, "next_pass")));
    json_decref(answer);
    console_close(&console);
}

Test(service_control, commands_reach_the_service)
{
    Console console;

    console_open(&console);
    bench_start(&console.bench);
    command(&console, "scale", "4");
    assert_ok(&console);
    cr_assert_eq(bench_asked(0, TARGET_SCALE), 1);
    command(&console, "drain", NULL);
    assert_ok(&console);
    cr_assert_eq(bench_phase(&console.bench), SERVICE_DRAINING);
    command(&console, "resume", NULL);
    assert_ok(&console);
    command(&console, "run-now", NULL);
    assert_ok(&console);
    bench_end_pass(&console.bench, 0, EXIT_CODE_DONE);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    command(&console, "log-level", "debug");
    assert_ok(&console);
    command(&console, "reload", NULL);
    assert_ok(&console);
    cr_assert_not_null(bench_supervisor(1));
    command(&console, "stop", NULL);
    assert_ok(&console);
    cr_assert_eq(bench_phase(&console.bench), SERVICE_STOPPING);
    command(&console, "reload", NULL);
    assert_error(&console, "the daemon is stopping");
    console_close(&console);
}

Test(service_control, each_command_is_a_row_of_its_own)
{
    for (guint i = 0; i < CONTROL_COMMANDS; i++) {
        const ControlCommand *command = control_command_at(i);

        cr_assert_eq(command->id, i, "%s", command->name);
        cr_assert_eq(control_command_find(command->name), command);
        cr_assert(g_ascii_islower(command->summary[0]), "%s", command->summary);
        cr_assert(g_str_has_suffix(command->help, "."), "%s", command->help);
    }
    cr_assert_null(control_command_find("dance"));
}

Test(service_control, what_cannot_be_done_is_said)
{
    Console console;

    console_open(&console);
    command(&console, "dance", NULL);
    assert_error(&console, "unknown command 'dance'");
    command(&console, "status", "x");
    assert_error(&console, "status takes no value");
    command(&console, "scale", NULL);
    assert_error(&console, "scale takes a value");
    command(&console, "scale", "0");
    assert_error(&console, "the number of workers must be from 1 to 1024");
    command(&console, "log-level", "loud");
    assert_error(&console, "the level must be debug, info, warning or error");
    command(&console, "terminate", "me");
    assert_error(&console, "a pid must be a number above 0");
    console_close(&console);
}

static GVariant *workers(guint32 pid)
{
    return g_variant_new_parsed("([{'slot': <uint32 0>, 'pid': <%u>}],)", pid);
}

static void reload_in_pass(Bench *bench)
{
    bench_start(bench);
    cr_assert(service_reload(bench->service, NULL));
    bench_settle(bench);
    bench_return(bench, 0, TARGET_STOP, g_variant_new("()"));
    bench_return(bench, 0, TARGET_IN_FLIGHT, g_variant_new_parsed("(@m(aayt) just ([b'x'], 7),)"));
    cr_assert_eq(bench_asked(1, TARGET_RUN), 1);
}

Test(service_control, after_a_reload_both_supervisors_are_asked_for_their_workers)
{
    Console console;
    json_t *answer, *list;

    console_open(&console);
    reload_in_pass(&console.bench);
    command(&console, "workers", NULL);
    bench_return(&console.bench, 0, TARGET_WORKERS, workers(11));
    cr_assert_null(receive(&console), "the other one has not answered");
    bench_return(&console.bench, 1, TARGET_WORKERS, workers(22));
    answer = receive(&console);
    list = json_object_get(answer, "workers");
    cr_assert_eq(json_array_size(list), 2);
    cr_assert_eq(json_integer_value(json_object_get(json_array_get(list, 0), "pid")), 22);
    cr_assert(json_is_false(json_object_get(json_array_get(list, 0), "draining")));
    cr_assert(json_is_true(json_object_get(json_array_get(list, 1), "draining")));
    cr_assert_null(json_object_get(answer, "unanswered"));
    json_decref(answer);
    console_close(&console);
}

Test(service_control, a_supervisor_that_is_late_is_not_waited_for)
{
    Console console;
    json_t *answer;

    console_open(&console);
    reload_in_pass(&console.bench);
    command(&console, "workers", NULL);
    bench_return(&console.bench, 1, TARGET_WORKERS, workers(22));
    bench_wait(&console.bench, 6);
    answer = receive(&console);
    cr_assert_eq(json_integer_value(json_object_get(answer, "unanswered")), 1);
    cr_assert_eq(json_array_size(json_object_get(answer, "workers")), 1);
    json_decref(answer);
    command(&console, "workers", NULL);
    bench_wait(&console.bench, 6);
    assert_error(&console, "a supervisor does not respond");
    console_close(&console);
}

Test(service_control, a_supervisor_that_dies_answers_with_that)
{
    Console console;

    console_open(&console);
    command(&console, "workers", NULL);
    children_die(bench_supervisor(0), "supervisor was killed by SIGKILL");
    assert_error(&console, "supervisor was killed by SIGKILL");
    command(&console, "workers", NULL);
    bench_return(&console.bench, 0, TARGET_WORKERS, g_variant_new("(s)", "lies"));
    assert_error(&console, "the supervisor returned an unexpected result");
    console_close(&console);
}

Test(service_control, a_worker_or_a_supervisor_is_terminated_by_its_pid)
{
    Console console;
    g_autofree char *pid = NULL;

    console_open(&console);
    command(&console, "terminate", "77");
    bench_return(&console.bench, 0, TARGET_TERMINATE, g_variant_new("()"));
    assert_ok(&console);
    command(&console, "terminate", "78");
    children_fail(bench_supervisor(0), TARGET_TERMINATE, 0, ERROR_INPUT, "no worker has this pid");
    assert_error(&console, "no worker has this pid");
    pid = g_strdup_printf("%d", (int)children_pid(bench_supervisor(0)));
    command(&console, "terminate", pid);
    assert_ok(&console);
    console_close(&console);
}

Test(service_control, open_questions_end_with_it)
{
    Console console;

    console_open(&console);
    command(&console, "workers", NULL);
    service_control_free(g_steal_pointer(&console.control));
    bench_settle(&console.bench);
    console_close(&console);
}

/* The socket */

Test(service_control, a_request_that_is_none_gets_an_error)
{
    Console console;
    json_t *answer;

    console_open(&console);
    send_line(&console, "hello\n");
    answer = receive(&console);
    cr_assert(json_is_false(json_object_get(answer, "ok")));
    json_decref(answer);
    command(&console, "status", NULL);
    assert_ok(&console);
    console_close(&console);
}

static gboolean is_closed(Console *console)
{
    char byte;

    bench_settle(&console->bench);
    return recv(console->fd, &byte, 1, 0) == 0;
}

Test(service_control, a_line_without_end_is_cut_off)
{
    Console console;
    g_autofree char *line = g_strnfill(CONTROL_MAX_REQUEST_BYTES, 'x');

    console_open(&console);
    send_line(&console, line);
    cr_assert(is_closed(&console));
    console_close(&console);
}

Test(service_control, a_client_that_says_nothing_is_cut_off)
{
    Console console;

    console_open(&console);
    bench_wait(&console.bench, CONTROL_PATIENCE_S - 1);
    cr_assert_not(is_closed(&console));
    bench_wait(&console.bench, 2);
    cr_assert(is_closed(&console));
    console_close(&console);
}

Test(service_control, so_many_clients_and_no_more)
{
    Console console;
    int fds[CONTROL_MAX_CLIENTS];
    char byte;

    console_open(&console);
    bench_settle(&console.bench);
    for (guint i = 0; i < CONTROL_MAX_CLIENTS; i++) {
        fds[i] = connect_to(console.config->control.socket);
        bench_settle(&console.bench);
    }
    cr_assert_eq(recv(fds[CONTROL_MAX_CLIENTS - 2], &byte, 1, 0), -1, "it waits");
    cr_assert_eq(recv(fds[CONTROL_MAX_CLIENTS - 1], &byte, 1, 0), 0, "it is one too many");
    for (guint i = 0; i < CONTROL_MAX_CLIENTS; i++)
        close(fds[i]);
    console_close(&console);
}

Test(service_control, requests_that_come_together_are_answered_in_order)
{
    Console console;
    char buffer[4096];
    gssize n;

    console_open(&console);
    send_line(&console, "{\"command\":\"a\"}\n{\"command\":\"b\"}\n");
    bench_settle(&console.bench);
    n = recv(console.fd, buffer, sizeof buffer - 1, 0);
    cr_assert_gt(n, 0);
    buffer[n] = '\0';
    cr_assert_not_null(strstr(buffer, "'a'"));
    cr_assert_lt(strstr(buffer, "'a'"), strstr(buffer, "'b'"));
    console_close(&console);
}

static GError *fail_to_listen(const char *path, const char *group)
{
    GError *error = NULL;
    g_autoptr(GMainContext) context = g_main_context_new();

    cr_assert_null(
        control_new(&(ControlOptions){.path = path, .mode = 0600, .group = group}, context, &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    return error;
}

Test(service_control, a_socket_is_taken_from_a_dead_daemon_only)
{
    Console console;
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GError) alive = NULL;
    g_autoptr(GError) group = NULL;
    g_autoptr(GError) file = NULL;
    g_autoptr(GError) name = NULL;
    g_autofree char *long_name = g_strnfill(200, 'x');
    const char *path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    Control *control;
    int dead;

    console_open(&console);
    path = console.config->control.socket;
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 07777, strtoul(console.config->control.mode, NULL, 8));
    alive = fail_to_listen(path, NULL);
    cr_assert_not_null(strstr(alive->message, "another daemon is listening there"));
    group = fail_to_listen(path, "no-such-group");
    file = fail_to_listen(console.bench.config_path, NULL);
    cr_assert_not_null(strstr(file->message, "is not a socket"));
    name = fail_to_listen(long_name, NULL);
    service_control_free(g_steal_pointer(&console.control));
    cr_assert_neq(stat(path, &info), 0, "it is removed");
    dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    cr_assert_eq(bind(dead, (const struct sockaddr *)&address, sizeof address), 0);
    close(dead);
    control = control_new(&(ControlOptions){.path = path, .mode = 0600, .group = "root"}, context, NULL);
    if (geteuid() == 0)
        cr_assert_not_null(control);
    control_free(control);
    console_close(&console);
}

Test(service_control, without_a_configured_socket_it_is_in_the_runtime_directory)
{
    g_autofree char *none = NULL;
    g_autofree char *path = NULL;

    g_unsetenv("RUNTIME_DIRECTORY");
    none = service_control_path(NULL);
    cr_assert_null(none);
    g_setenv("RUNTIME_DIRECTORY", "/run/thumbmill/photos", TRUE);
    path = service_control_path(NULL);
    cr_assert_str_eq(path, "/run/thumbmill/photos/control");
}
