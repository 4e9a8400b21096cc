/* A child for the tests of concurrent/: argv[1] selects its behaviour, and the names of its targets describe
 * them.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "concurrent/child.h"
#include "concurrent/wire.h"
#include "ipc/channel.h"

static GPtrArray *held; /* calls that wait for release, oldest first */
static int initialized;
static Child *self;

static void square(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint64 n;

    (void)fds;
    (void)data;
    g_variant_get(args, "(x)", &n);
    call_return(call, g_variant_new("(x)", n * n), NULL);
}

static void pid(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    call_return(call, g_variant_new("(ii)", getpid(), initialized), NULL);
}

static void fail(Call *call, GVariant *args, FdList *fds, void *data)
{
    const char *text;

    (void)fds;
    (void)data;
    g_variant_get(args, "(&s)", &text);
    call_fail(call, g_error_new_literal(error_quark(), ERROR_INPUT, text));
}

static void die(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint32 signal_number;

    (void)call;
    (void)fds;
    (void)data;
    g_variant_get(args, "(i)", &signal_number);
    (void)!write(STDERR_FILENO, "one\nlast words\n", 15);
    if (signal_number == 0)
        _exit(7);
    kill(getpid(), signal_number);
    pause();
}

static void hang(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)call;
    (void)args;
    (void)fds;
    (void)data;
    for (;;)
        pause();
}

/* Writes the text to the descriptor and returns the descriptor. */
static void write_fd(Call *call, GVariant *args, FdList *fds, void *data)
{
    FdList *out = fd_list_new();
    const char *text;
    gint32 handle;
    int fd;

    (void)data;
    g_variant_get(args, "(&sh)", &text, &handle);
    fd = fd_list_steal(fds, handle);
    if (!fd_write_all(fd, text, strlen(text)))
        _exit(9);
    call_return(call, g_variant_new("(h)", fd_list_append(out, fd)), out);
}

/* For concurrent children: a call that is answered when `release` is called, last one first. */
static void hold(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    g_ptr_array_add(held, call);
}

static void release(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    for (guint i = held->len; i > 0; i--)
        call_return(held->pdata[i - 1], g_variant_new("(u)", i), NULL);
    g_ptr_array_set_size(held, 0);
    call_return(call, g_variant_new("()"), NULL);
}

/* Runs until it is cancelled or its time limit is near, and returns which. */
static void persist(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    while (!call_is_cancelled(call)) {
        gint64 deadline_us = call_deadline_us(call);

        if (deadline_us != CLOCK_FOREVER && clock_now_us() > deadline_us - 200 * CLOCK_US_PER_MS) {
            call_return(call, g_variant_new_string("in time"), NULL);
            return;
        }
        usleep(1000);
    }
    call_fail(call, g_error_new_literal(error_quark(), ERROR_CANCELLED, "given up"));
}

/* For a child with a loop: the question is asked when `release` is called. */
static void ask_held(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    call_return(call, g_variant_new_boolean(call_is_cancelled(held->pdata[0])), NULL);
}

static void too_much(Call *call, GVariant *args, FdList *fds, void *data)
{
    gsize size = (gsize)LIMIT_MESSAGE_BYTES * 2;
    g_autofree guint8 *bytes = g_malloc0(size);

    (void)args;
    (void)fds;
    (void)data;
    call_return(call, g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, size, 1), NULL);
}

static void no_such_handle(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    call_return(call, g_variant_new_handle(0), NULL);
}

static void leave(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)call;
    (void)fds;
    (void)data;
    exit(g_variant_get_int32(args));
}

/* Questions */

static void on_answer(Future *future, void *data)
{
    GError *error = NULL;
    GVariant *answer = future_result(future, 0, &error);

    if (answer != NULL)
        call_return(data, answer, NULL);
    else
        call_fail(data, error);
    future_unref(future);
}

/* Asks the parent, and returns its answer. */
static void ask(Call *call, GVariant *args, FdList *fds, void *data)
{
    g_autoptr(GVariant) value = NULL;
    const char *name;

    (void)fds;
    (void)data;
    g_variant_get(args, "(&sv)", &name, &value);
    future_add_done_callback(child_ask(self, call, name, value), on_answer, call);
}

/* Asks about no task. */
static void ask_idly(Call *call, GVariant *args, FdList *fds, void *data)
{
    g_autoptr(GVariant) value = NULL;
    const char *name;

    (void)fds;
    (void)data;
    g_variant_get(args, "(&sv)", &name, &value);
    future_add_done_callback(child_ask(self, NULL, name, value), on_answer, call);
}

static void ask_and_die(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    future_unref(child_ask(self, call, "double", g_variant_new_int64(1)));
    kill(getpid(), SIGKILL);
}

/* Asks many questions at once. Counts how many were answered with double their number, and how many failed
 * with ERROR_LIMIT. */
typedef struct {
    Call *call;
    guint32 open, answered, refused;
} Crowd;

typedef struct {
    Crowd *crowd;
    gint64 number;
} CrowdMember;

static void on_crowd(Future *future, void *data)
{
    g_autofree CrowdMember *member = data;
    Crowd *crowd = member->crowd;
    g_autoptr(GError) error = NULL;
    GVariant *answer = future_result(future, 0, &error);

    if (answer != NULL)
        crowd->answered += g_variant_get_int64(answer) == 2 * member->number;
    else
        crowd->refused += error_class(error) == ERROR_LIMIT;
    future_unref(future);
    if (--crowd->open > 0)
        return;
    call_return(crowd->call, g_variant_new("(uu)", crowd->answered, crowd->refused), NULL);
    g_free(crowd);
}

static void ask_many(Call *call, GVariant *args, FdList *fds, void *data)
{
    Crowd *crowd = g_new0(Crowd, 1);
    guint32 n;

    (void)fds;
    (void)data;
    g_variant_get(args, "(u)", &n);
    crowd->call = call;
    crowd->open = n;
    for (guint32 i = 0; i < n; i++) {
        CrowdMember *member = g_new(CrowdMember, 1);

        *member = (CrowdMember){crowd, i};
        future_add_done_callback(child_ask(self, call, "double", g_variant_new_int64(i)), on_crowd, member);
    }
}

/* Calls that violate the protocol, over a channel of their own */

static void ignore_message(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    (void)channel;
    (void)number;
    (void)payload;
    (void)fds;
    (void)data;
}

static void ignore_end(Channel *channel, const GError *why, void *data)
{
    (void)channel;
    (void)why;
    (void)data;
}

static Channel *raw_channel(void)
{
    static const ChannelHandlers handlers = {ignore_message, ignore_end};

    return channel_new(dup(CHANNEL_CHILD_FD), &wire_protocol, MESSAGE_DOWN, NULL, &handlers, NULL);
}

/* Asks about the task with this number, whichever child has it. */
static void ask_about(Call *call, GVariant *args, FdList *fds, void *data)
{
    g_autoptr(Channel) channel = raw_channel();
    guint64 number;

    (void)fds;
    (void)data;
    g_variant_get(args, "(t)", &number);
    channel_send(
        channel, WIRE_ASK,
        g_variant_new("(ttsv)", G_GUINT64_CONSTANT(1000), number, "mine", g_variant_new_boolean(TRUE)), NULL);
    call_return(call, g_variant_new("()"), NULL);
}

/* Asks endlessly, and reads nothing. */
static void flood(void)
{
    g_autoptr(Channel) channel = raw_channel();

    channel_send(channel, WIRE_READY, NULL, NULL);
    for (guint64 i = 1;; i++)
        channel_send(channel, WIRE_ASK,
                     g_variant_new("(ttsv)", i, G_GUINT64_CONSTANT(0), "double", g_variant_new_int64(1)),
                     NULL);
}

/* Sends more notes than the parent reads in one turn, and then the answer. */
static void tell_much(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint64 count = g_variant_get_int64(args);

    (void)fds;
    (void)data;
    for (gint64 i = 0; i < count; i++)
        child_note(self, "hello", g_variant_new("(s)", "again"));
    call_return(call, g_variant_new("(x)", count), NULL);
}

/* In mode "need", initialization fails without this file. */
static const char *needed_file;

static gboolean initialize(Child *child, GVariant *args, void *data, GError **error)
{
    char *mode = data;

    self = child;
    if (strcmp(mode, "refuse") == 0 ||
        (strcmp(mode, "need") == 0 && !g_file_test(needed_file, G_FILE_TEST_EXISTS))) {
        error_set(error, ERROR_CONFIG, "no codec");
        return FALSE;
    }
    if (strcmp(mode, "stumble") == 0) {
        error_set(error, ERROR_INTERNAL, "no memory");
        return FALSE;
    }
    if (strcmp(mode, "abort") == 0)
        _exit(3);
    if (g_variant_is_of_type(args, G_VARIANT_TYPE("(i)")))
        g_variant_get(args, "(i)", &initialized);
    self = child;
    child_note(child, "hello", g_variant_new("(s)", mode));
    return TRUE;
}

/* Leaves behind a process that waits; and with `more` one in a group of its own, one that has a child, and
 * one that is replaced by its child again and again. */
static void leave_behind(gboolean more)
{
    for (int i = 0; i < (more ? 4 : 1); i++) {
        if (fork() != 0)
            continue;
        if (i == 1)
            (void)setpgid(0, 0);
        if (i == 2)
            (void)!fork();
        while (i == 3)
            if (fork() != 0)
                _exit(0);
        for (;;)
            pause();
    }
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {
        {"square", "(x)", square},      {"pid", "()", pid},
        {"fail", "(s)", fail},          {"die", "(i)", die},
        {"hang", "()", hang},           {"write_fd", "(sh)", write_fd},
        {"hold", "()", hold},           {"release", "()", release},
        {"persist", "()", persist},     {"ask_held", "()", ask_held},
        {"too_much", "()", too_much},   {"no_such_handle", "()", no_such_handle},
        {"leave", "i", leave},          {"ask", "(sv)", ask},
        {"ask_idly", "(sv)", ask_idly}, {"ask_and_die", "()", ask_and_die},
        {"ask_many", "(u)", ask_many},  {"ask_about", "(t)", ask_about},
        {"tell_much", "x", tell_much},
    };
    char blocking[] = "blocking";
    char *mode = argc > 1 ? argv[1] : blocking;
    ChildOptions options = {.initializer = initialize, .table = {targets, G_N_ELEMENTS(targets), mode}};
    int status;

    needed_file = argc > 2 ? argv[2] : NULL;
    if (strcmp(mode, "sleep") == 0)
        for (;;)
            pause();
    if (strcmp(mode, "flood") == 0)
        flood();
    if (strcmp(mode, "exit") == 0)
        return atoi(argv[2]);
    if (strcmp(mode, "orphan") == 0) { /* leaves a child that ends a little later */
        if (fork() == 0)
            _exit(usleep(50000));
        return 6;
    }
    if (g_str_has_prefix(mode, "leave-")) {
        leave_behind(strcmp(mode, "leave-waiting") != 0);
        while (strcmp(mode, "leave-behind-and-wait") == 0)
            pause();
        return 5;
    }
    if (strcmp(mode, "env") == 0) {
        extern char **environ;

        return environ[0] != NULL && strcmp(environ[0], "A=1") == 0 && environ[1] == NULL ? 0 : 1;
    }
    if (strcmp(mode, "fds") == 0) { /* 0-3 are open, and none above */
        for (int fd = 0; fd < 1000; fd++)
            if ((dup2(fd, fd) == fd) != (fd <= 3))
                return 100 + fd;
        return 0;
    }
    if (strcmp(mode, "oom-score") == 0) {
        g_autofree char *text = NULL;

        return g_file_get_contents("/proc/self/oom_score_adj", &text, NULL, NULL) &&
                       strcmp(g_strstrip(text), argv[2]) == 0
                   ? 0
                   : 1;
    }
    if (strcmp(mode, "mask") == 0) {
        sigset_t set;

        sigprocmask(SIG_BLOCK, NULL, &set);
        return sigismember(&set, SIGTERM);
    }
    held = g_ptr_array_new();
    if (strcmp(mode, "loop") == 0) {
        GMainContext *context = g_main_context_new();

        status = child_serve(&options, context);
        g_main_context_unref(context);
    } else {
        status = child_serve(&options, NULL);
    }
    g_ptr_array_unref(held);
    while (strcmp(mode, "slow-end") == 0)
        pause();
    return status;
}
