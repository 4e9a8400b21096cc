#include "concurrent/process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/signals.h"
#include "concurrent/child.h"
#include "concurrent/expendable.h"
#include "concurrent/leftovers.h"
#include "concurrent/value.h"
#include "concurrent/wire.h"
#include "ipc/channel.h"

/* The child reports a failed exec on this descriptor; close-on-exec, so success is end of file. */
#define REPORT_FD (CHANNEL_CHILD_FD + 1)

/* How much of the captured output is searched for the last line. */
#define LAST_WORDS_BYTES 512

/* How long a process may take to end after SIGKILL: freeing much memory takes time. */
#define KILL_PATIENCE_US (10 * CLOCK_US_PER_S)

struct Process {
    char *name;
    char *executable;
    char **argv;
    char **env;
    gboolean daemon;
    ProcessStdio stdio;
    guint64 descriptors;
    guint64 address_space_bytes;
    gboolean expendable;
    gboolean own_session;
    char *target; /* may be NULL */
    GVariant *target_args;
    FdList *target_fds; /* NULL after the start */

    pid_t pid;
    int pidfd;
    int channel;     /* our end */
    Channel *speech; /* owns our end of the channel if there is a target */
    int capture;     /* the memory file for the child's stdio, or -1 */
    int output[2];   /* our ends of the pipes for the child's 1 and 2, or -1 */
    gboolean ended;
    gboolean abandoned;
    int exitcode;
    GSource *watch;
    ProcessFunc on_end;
    void *on_end_data;
};

/* Processes that were started and are not reaped yet: some are joined at exit, and none is an orphan for
 * orphans_adopt(). Other threads may have processes too. */
static pthread_mutex_t unreaped_lock = PTHREAD_MUTEX_INITIALIZER;
static GSList *unreaped;

static Process *next_to_join(void)
{
    Process *found = NULL;

    pthread_mutex_lock(&unreaped_lock);
    for (GSList *l = unreaped; l != NULL && found == NULL; l = l->next)
        if (!((Process *)l->data)->daemon)
            found = l->data;
    pthread_mutex_unlock(&unreaped_lock);
    return found;
}

static void join_all(void)
{
    Process *process;

    while ((process = next_to_join()) != NULL)
        process_join(process, CLOCK_FOREVER);
}

static void unreaped_add(Process *process)
{
    static gboolean registered;

    pthread_mutex_lock(&unreaped_lock);
    if (!registered)
        atexit(join_all);
    registered = TRUE;
    unreaped = g_slist_prepend(unreaped, process);
    pthread_mutex_unlock(&unreaped_lock);
}

static void unreaped_remove(Process *process)
{
    pthread_mutex_lock(&unreaped_lock);
    unreaped = g_slist_remove(unreaped, process);
    pthread_mutex_unlock(&unreaped_lock);
}

Process *process_new(const ProcessOptions *options)
{
    const char *executable = options->executable != NULL ? options->executable : "/proc/self/exe";
    Process *process = g_new0(Process, 1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();

    g_ptr_array_add(argv, g_strdup(executable));
    if (options->executable == NULL)
        g_ptr_array_add(argv, g_strdup(CHILD_MARKER));
    for (const char *const *arg = options->args; arg != NULL && *arg != NULL; arg++)
        g_ptr_array_add(argv, g_strdup(*arg));
    g_ptr_array_add(argv, NULL);
    process->name = g_strdup(options->name);
    process->executable = g_strdup(executable);
    process->argv = (char **)g_ptr_array_steal(argv, NULL);
    process->env = options->env != NULL ? g_strdupv((char **)options->env) : g_new0(char *, 1);
    process->daemon = options->daemon;
    process->stdio = options->stdio;
    process->descriptors = options->descriptors;
    process->address_space_bytes = options->address_space_bytes;
    process->expendable = options->expendable;
    process->own_session = options->own_session;
    process->target = g_strdup(options->target);
    process->target_args =
        g_variant_ref_sink(options->target_args != NULL ? options->target_args : g_variant_new("()"));
    process->target_fds = options->target_fds;
    process->pidfd = process->channel = process->capture = process->output[0] = process->output[1] = -1;
    return process;
}

/* Used between fork and exec, where only async-signal-safe calls on data prepared by the parent are
 * allowed. */

typedef struct {
    int channel;
    int report;
    int in;
    int out;
    int err;
    pid_t parent;
} ChildFds;

/* A daemon is stopped by its parent: it ignores Ctrl-C, which the terminal sends to the whole group. */
static void child_reset_signals(gboolean daemon)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        (void)sigaction(i, &dfl, NULL);
    if (daemon)
        (void)sigaction(SIGINT, &ignore, NULL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The descriptors may have numbers that are about to be overwritten: move them to higher numbers first. */
static gboolean child_place_fds(ChildFds *fds)
{
    int *all[] = {&fds->channel, &fds->report, &fds->in, &fds->out, &fds->err};

    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        if ((*all[i] = fcntl(*all[i], F_DUPFD, REPORT_FD + 1)) < 0)
            return FALSE;
    return dup2(fds->in, STDIN_FILENO) >= 0 && dup2(fds->out, STDOUT_FILENO) >= 0 &&
           dup2(fds->err, STDERR_FILENO) >= 0 && dup2(fds->channel, CHANNEL_CHILD_FD) >= 0 &&
           dup3(fds->report, REPORT_FD, O_CLOEXEC) >= 0 && close_range(REPORT_FD + 1, ~0u, 0) == 0;
}

static void child_set_limits(const Process *process)
{
    struct rlimit files, memory = {process->address_space_bytes, process->address_space_bytes};

    if (process->descriptors > 0 && getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = MIN(process->descriptors, files.rlim_max);
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (process->address_space_bytes > 0)
        (void)setrlimit(RLIMIT_AS, &memory); /* only fails if the value is above the existing limit */
}

static void G_GNUC_NORETURN child_exec(const Process *process, ChildFds *fds)
{
    int report = fds->report;
    int saved;

    child_reset_signals(process->daemon);
    if (process->daemon) {
        /* Its own process group, as in a session of its own: signals that timeout(1) or a terminal sends to
         * the whole group are left to the parent. */
        if (!process->own_session)
            (void)setpgid(0, 0);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != fds->parent)
            _exit(127); /* the parent ended before prctl() took effect */
    }
    if (process->own_session)
        (void)setsid();
    child_set_limits(process);
    if (child_place_fds(fds)) {
        report = REPORT_FD;
        execve(process->executable, process->argv, process->env);
    }
    saved = errno;
    (void)!write(report, &saved, sizeof saved);
    _exit(127);
}

/* A pipe of which only our end is non-blocking. */
static gboolean open_pipe(int *ret_ours, int *ret_childs)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return FALSE;
    *ret_ours = ends[0];
    *ret_childs = ends[1];
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static gboolean open_stdio(Process *process, ChildFds *fds, GError **error)
{
    gboolean is_open;

    if (process->stdio == PROCESS_STDIO_CAPTURE) {
        process->capture = memfd_create("stdio", MFD_CLOEXEC);
        fds->in = fds->out = fds->err = process->capture;
        is_open = process->capture >= 0 && fcntl(process->capture, F_SETFL, O_APPEND) == 0;
    } else {
        fds->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
        fds->out = fds->err = STDERR_FILENO;
        is_open = fds->in >= 0;
    }
    if (is_open && process->stdio == PROCESS_STDIO_PIPES)
        is_open = open_pipe(&process->output[0], &fds->out) && open_pipe(&process->output[1], &fds->err);
    if (!is_open)
        error_set_errno(error, ERROR_INTERNAL, errno, "%s: standard input and output", process->name);
    return is_open;
}

/* Closes the descriptors that only the child needs. */
static void close_stdio(const Process *process, ChildFds *fds)
{
    if (process->stdio == PROCESS_STDIO_CAPTURE)
        return;
    fd_clear(&fds->in);
    if (fds->out != STDERR_FILENO)
        fd_clear(&fds->out);
    if (fds->err != STDERR_FILENO)
        fd_clear(&fds->err);
}

/* Waits for exec: returns 0, or the errno that the child reported. */
static int read_report(int fd)
{
    int value = 0;
    gssize n;

    do {
        n = read(fd, &value, sizeof value);
    } while (n < 0 && errno == EINTR);
    return n == (gssize)sizeof value ? value : 0;
}

static gboolean process_fork(Process *process, ChildFds *fds, GError **error)
{
    autofd int report_read = -1;
    autofd int report_write = -1;
    int report[2];
    int failure;

    if (pipe2(report, O_CLOEXEC) != 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "%s: pipe", process->name);
        return FALSE;
    }
    report_read = report[0];
    report_write = fds->report = report[1];
    fds->parent = getpid();
    if (process->expendable)
        expendable_begin();
    process->pid = fork();
    if (process->pid != 0 && process->expendable)
        expendable_end();
    if (process->pid < 0) {
        process->pid = 0;
        error_set_errno(error, ERROR_INTERNAL, errno, "%s: fork", process->name);
        return FALSE;
    }
    if (process->pid == 0)
        child_exec(process, fds);
    unreaped_add(process);
    fd_clear(&report_write);
    process->pidfd = pidfd_open(process->pid, 0);
    failure = read_report(report_read);
    if (process->pidfd < 0)
        g_error("pidfd_open: %s", g_strerror(errno));
    if (failure != 0) {
        process_join(process, CLOCK_FOREVER);
        error_set_errno(error, ERROR_CONFIG, failure, "%s: cannot run %s", process->name,
                        process->executable);
        return FALSE;
    }
    return TRUE;
}

/* The parent of a target sends nothing except the call, and ignores messages. */

static void target_message(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    (void)channel;
    (void)number;
    (void)payload;
    (void)fds;
    (void)data;
}

static void target_closed(Channel *channel, const GError *why, void *data)
{
    (void)channel;
    (void)why;
    (void)data;
}

/* Does not block: nothing was sent yet, and large arguments are sent as shared memory. The descriptor stays
 * open, as end of file on it tells the child that the parent is gone. */
static void process_send_target(Process *process)
{
    static const ChannelHandlers handlers = {target_message, target_closed};
    GVariant *parts[] = {g_variant_new_string(process->target), g_variant_new_variant(process->target_args)};

    process->speech =
        channel_new(fd_steal(&process->channel), &wire_protocol, MESSAGE_UP, NULL, &handlers, NULL);
    channel_send(process->speech, WIRE_RUN, g_variant_new_tuple(parts, G_N_ELEMENTS(parts)),
                 g_steal_pointer(&process->target_fds));
}

gboolean process_start(Process *process, GError **error)
{
    ChildFds fds = {.in = -1, .out = -1, .err = -1};
    autofd int child_end = -1;
    int pair[2];
    gboolean started;

    if (process->pid != 0) {
        error_set(error, ERROR_INTERNAL, "%s: already started", process->name);
        return FALSE;
    }
    if (process->target != NULL &&
        !value_may_cross(process->target_args, process->target_fds, process->target, error))
        return FALSE;
    if (!channel_pair(pair, error))
        return FALSE;
    process->channel = pair[0];
    fds.channel = child_end = pair[1];
    started = open_stdio(process, &fds, error) && process_fork(process, &fds, error);
    close_stdio(process, &fds);
    if (started && process->target != NULL)
        process_send_target(process);
    return started;
}

int process_steal_channel(Process *process)
{
    return fd_steal(&process->channel);
}

int process_steal_output(Process *process, int child_fd)
{
    return fd_steal(&process->output[child_fd - STDOUT_FILENO]);
}

const char *process_name(const Process *process)
{
    return process->name;
}

gboolean process_is_daemon(const Process *process)
{
    return process->daemon;
}

pid_t process_pid(const Process *process)
{
    return process->pid;
}

/* Reaps the process if it has ended. */
static void process_poll(Process *process)
{
    siginfo_t info = {.si_pid = 0};

    if (process->ended || process->pidfd < 0)
        return;
    if (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        return;
    if (process->own_session)
        leftovers_kill(process->pid);
    (void)waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG);
    process->ended = TRUE;
    process->exitcode = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    unreaped_remove(process);
}

gboolean process_is_alive(Process *process)
{
    process_poll(process);
    return process->pid != 0 && !process->ended;
}

static void process_signal(Process *process, int signal_number)
{
    if (process_is_alive(process))
        (void)pidfd_send_signal(process->pidfd, signal_number, NULL, 0);
}

void process_terminate(Process *process)
{
    process_signal(process, SIGTERM);
}

void process_kill(Process *process)
{
    process_signal(process, SIGKILL);
}

gboolean process_join(Process *process, gint64 timeout_us)
{
    gint64 end = clock_now_us() + timeout_us;

    while (process_is_alive(process)) {
        struct pollfd pfd = {.fd = process->pidfd, .events = POLLIN};
        gint64 left_ms = timeout_us == CLOCK_FOREVER ? -1 : (end - clock_now_us() + 999) / CLOCK_US_PER_MS;

        if (timeout_us != CLOCK_FOREVER && left_ms <= 0)
            return FALSE;
        (void)poll(&pfd, 1, (int)MIN(left_ms, G_MAXINT));
    }
    return process->ended;
}

gboolean process_exitcode(Process *process, int *ret_exitcode)
{
    process_poll(process);
    if (!process->ended)
        return FALSE;
    *ret_exitcode = process->exitcode;
    return TRUE;
}

char *process_describe_end(Process *process)
{
    int exitcode;

    if (!process_exitcode(process, &exitcode))
        return g_strdup("is running");
    if (exitcode < 0)
        return g_strdup_printf("was killed by SIG%s", sigabbrev_np(-exitcode));
    return g_strdup_printf("exited with status %d", exitcode);
}

char *process_last_words(Process *process)
{
    char text[LAST_WORDS_BYTES + 1];
    off_t size = process->capture >= 0 ? lseek(process->capture, 0, SEEK_END) : 0;
    gssize n;
    char *line;

    if (size <= 0)
        return NULL;
    n = pread(process->capture, text, LAST_WORDS_BYTES, MAX(0, size - LAST_WORDS_BYTES));
    if (n <= 0)
        return NULL;
    text[n] = '\0';
    g_strchomp(text);
    line = strrchr(text, '\n');
    return g_utf8_make_valid(line != NULL ? line + 1 : text, -1);
}

static gboolean process_ended(int fd, GIOCondition condition, void *data)
{
    Process *process = data;

    (void)fd;
    (void)condition;
    process_poll(process);
    if (!process->ended)
        return G_SOURCE_CONTINUE;
    g_clear_pointer(&process->watch, g_source_unref);
    process->on_end(process, process->on_end_data);
    return G_SOURCE_REMOVE;
}

void process_watch(Process *process, GMainContext *context, ProcessFunc func, void *data)
{
    process->on_end = func;
    process->on_end_data = data;
    process->watch = g_unix_fd_source_new(process->pidfd, G_IO_IN);
    g_source_set_callback(process->watch, G_SOURCE_FUNC(process_ended), process, NULL);
    g_source_attach(process->watch, context);
}

void process_abandon(Process *process)
{
    process->abandoned = TRUE;
    unreaped_remove(process); /* orphans_adopt() reaps it */
}

void process_free(Process *process)
{
    if (process == NULL)
        return;
    if (process->watch != NULL) {
        g_source_destroy(process->watch);
        g_source_unref(process->watch);
    }
    fd_clear(&process->channel); /* end of file tells the child to stop */
    channel_free(process->speech);
    if (process->daemon)
        process_kill(process);
    if (process->pid != 0 && !process->abandoned &&
        !process_join(process, process->daemon ? KILL_PATIENCE_US : CLOCK_FOREVER))
        process_abandon(process);
    fd_clear(&process->pidfd);
    fd_clear(&process->capture);
    fd_clear(&process->output[0]);
    fd_clear(&process->output[1]);
    g_variant_unref(process->target_args);
    fd_list_free(process->target_fds);
    g_free(process->target);
    g_strfreev(process->argv);
    g_strfreev(process->env);
    g_free(process->executable);
    g_free(process->name);
    g_free(process);
}

gboolean process_reap(pid_t pid)
{
    Process *found = NULL;

    pthread_mutex_lock(&unreaped_lock);
    for (GSList *l = unreaped; l != NULL && found == NULL; l = l->next)
        if (((Process *)l->data)->pid == pid)
            found = l->data;
    pthread_mutex_unlock(&unreaped_lock);
    if (found != NULL)
        process_poll(found);
    return found != NULL;
}
