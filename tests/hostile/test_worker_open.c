/* The access that a worker's sandbox allows: everything that a regular worker does. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "daemon/worker/worker_rules.h"

static struct {
    char *source;
    char *destination;
    char *disk; /* target of a link in the destination */
    guint16 port;
    int server;
} place;

static char *make_directory(const char *name)
{
    g_autofree char *folder = g_dir_make_tmp("thumbmill-open-XXXXXX", NULL);
    char *path = g_build_filename(folder, name, NULL);

    cr_assert_eq(g_mkdir(path, 0755), 0);
    return path;
}

static void begin(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    g_autofree char *original = NULL, *link = NULL;

    place.source = make_directory("source");
    place.destination = make_directory("destination");
    place.disk = make_directory("disk");
    original = g_build_filename(place.source, "a.jpg", NULL);
    cr_assert(g_file_set_contents(original, "bytes", -1, NULL));
    link = g_build_filename(place.destination, "thumb", NULL);
    cr_assert_eq(symlink(place.disk, link), 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(place.server, (const struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(place.server, 5), 0);
    cr_assert_eq(getsockname(place.server, (struct sockaddr *)&address, &length), 0);
    place.port = ntohs(address.sin_port);
}

/* Removes a folder that contains only these files. */
static void clear(char *path, const char *const *names)
{
    g_autofree char *folder = g_path_get_dirname(path);

    for (gsize i = 0; names[i] != NULL; i++) {
        g_autofree char *child = g_build_filename(path, names[i], NULL);

        (void)g_remove(child);
    }
    (void)g_rmdir(path);
    (void)g_rmdir(folder);
    g_free(path);
}

static void end(void)
{
    close(place.server);
    clear(place.source, (const char *const[]){"a.jpg", NULL});
    clear(place.destination, (const char *const[]){"thumb", "d/b.jpg", "d/new", "d", NULL});
    clear(place.disk, (const char *const[]){"c.jpg", NULL});
}

TestSuite(worker_open, .init = begin, .fini = end);

static WorkerRules *enter(void)
{
    SandboxState state;

    return worker_rules_enter(&(WorkerReach){.imager = "/bin/sleep",
                                             .ca_files = {"", ""},
                                             .source_directory = place.source,
                                             .destination_directory = place.destination,
                                             .ports = &place.port,
                                             .n_ports = 1,
                                             .modes = 02750,
                                             .demand = SANDBOX_REQUIRED},
                              &state, NULL);
}

/* Runs func in a child in the sandbox; it returns 0 on success. */
static void expect_works(int (*func)(WorkerRules *rules), const char *what)
{
    int status = -1;
    const pid_t pid = fork();

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        WorkerRules *rules = enter();

        alarm(30);
        _exit(rules != NULL ? func(rules) : 99);
    }
    while (waitpid(pid, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    cr_expect_eq(status, 0, "%s: status 0x%x", what, status);
}

static gboolean can_open(const char *folder, const char *name, int flags)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    autofd int fd = open(path, flags | O_CLOEXEC, 0600);

    return fd >= 0;
}

/* The permissions of new files are set through a descriptor. */
static gboolean can_give(const char *folder, const char *name, mode_t mode)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    return fd >= 0 && fchmod(fd, mode) == 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == mode;
}

static gboolean can_replace(const char *folder, const char *from, const char *to)
{
    g_autofree char *old = g_build_filename(folder, from, NULL);
    g_autofree char *new = g_build_filename(folder, to, NULL);

    return g_rename(old, new) == 0;
}

static int use_stores(WorkerRules *rules)
{
    g_autofree char *below = g_build_filename(place.destination, "d", NULL);

    (void)rules;
    if (!can_open(place.source, "a.jpg", O_RDONLY))
        return 1;
    if (g_mkdir(below, 0755) != 0 || !can_open(below, "b.jpg", O_WRONLY | O_CREAT | O_EXCL) ||
        !can_open(below, "new", O_WRONLY | O_CREAT | O_EXCL) || !can_replace(below, "new", "b.jpg"))
        return 2;
    if (!can_give(below, "b.jpg", 0640) || !can_give(place.destination, "d", 02750))
        return 5;
    if (!can_open(place.destination, "thumb/c.jpg", O_WRONLY | O_CREAT | O_EXCL))
        return 3;
    return can_open(place.disk, "c.jpg", O_RDONLY) ? 0 : 4;
}

static int use_network(WorkerRules *rules)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    g_autofree char *port = g_strdup_printf("%u", place.port);
    struct addrinfo *found = NULL;
    gboolean connected = FALSE;

    (void)rules;
    if (getaddrinfo("localhost", port, &hints, &found) != 0)
        return 1;
    for (const struct addrinfo *i = found; i != NULL && !connected; i = i->ai_next) {
        autofd int fd = socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        connected = connect(fd, i->ai_addr, i->ai_addrlen) == 0;
    }
    freeaddrinfo(found);
    return connected ? 0 : 2;
}

static void *set_flag(void *data)
{
    *(int *)data = 1;
    return NULL;
}

/* Creates threads, as libcurl does to resolve names. */
static int use_threads(WorkerRules *rules)
{
    (void)rules;
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        int flag = 0;

        if (pthread_create(&thread, NULL, set_flag, &flag) != 0)
            return 1;
        pthread_join(thread, NULL);
        if (flag != 1)
            return 2;
    }
    return 0;
}

/* Starts the one program that it may run, and ends it. */
static int use_imager(WorkerRules *rules)
{
    char *argv[] = {(char *)(guintptr) "sleep", (char *)(guintptr) "30", NULL}, *env[] = {NULL};
    int ends[2], status = 0;
    char byte;
    pid_t pid;

    (void)rules;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 1;
    pid = fork();
    if (pid == 0) {
        (void)execve("/bin/sleep", argv, env);
        (void)!write(ends[1], "x", 1);
        _exit(127);
    }
    close(ends[1]);
    if (read(ends[0], &byte, 1) != 0) /* end of file: the program runs */
        return 2;
    {
        autofd int process = pidfd_open(pid, 0);

        if (process < 0 || pidfd_send_signal(process, SIGKILL, NULL, 0) != 0)
            return 3;
    }
    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 4;
}

Test(worker_open, what_a_worker_needs)
{
    expect_works(use_stores, "stores");
    expect_works(use_network, "network");
    expect_works(use_threads, "threads");
    expect_works(use_imager, "imager");
}

static int meets_nothing_new(WorkerRules *rules)
{
    return worker_rules_broken(rules) == NULL ? 0 : 1;
}

/* Waits until the destination has become another directory, as when a disk is mounted there. If root runs the
 * test, the worker has the owner's permissions for neither directory. */
static int meets_another_directory(WorkerRules *rules)
{
    const char *broken;
    int ends[2];
    char byte = 'x';

    if (pipe(ends) != 0 || write(ends[1], &byte, 1) != 1)
        return 1;
    (void)rules;
    for (int i = 0; i < 200; i++) {
        broken = worker_rules_broken(rules);
        if (broken != NULL)
            return strcmp(broken, place.destination) == 0 ? 0 : 2;
        (void)usleep(10000);
    }
    return 3;
}

Test(worker_open, another_directory_of_the_same_name_is_noticed)
{
    g_autofree char *away = g_strconcat(place.destination, ".away", NULL);
    int status = -1, ready[2];
    char byte;
    pid_t pid;

    expect_works(meets_nothing_new, "the same directory");
    cr_assert_eq(pipe(ready), 0);
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        WorkerRules *rules = enter();

        alarm(30);
        (void)!write(ready[1], "x", 1);
        _exit(rules != NULL ? meets_another_directory(rules) : 99);
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_assert_eq(g_rename(place.destination, away), 0);
    cr_assert_eq(g_mkdir(place.destination, 0755), 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0, "status 0x%x", status);
    cr_assert_eq(g_rmdir(place.destination), 0);
    cr_assert_eq(g_rename(away, place.destination), 0);
}
