#include "daemon/access/credential_command.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/patience.h"
#include "base/quote.h"
#include "base/secret.h"
#include "concurrent/process.h"

/* How much of the end of standard error is kept; an error quotes its last line. */
#define WORDS_BYTES 512u

/* Soft limit of open files for the command: the usual one, and as much as select(2) can handle. Our own limit
 * is raised. */
#define COMMAND_DESCRIPTORS 1024u

typedef struct {
    int fd;
    GSource *source;
} Pipe;

struct CommandRun {
    Process *process;
    Patience *limit;
    Pipe out;
    Pipe err;
    gsize output_bytes;
    char output[CREDENTIAL_COMMAND_MAX_BYTES + 1]; /* one byte more than allowed, to detect excess */
    gsize words_bytes;
    char words[WORDS_BYTES];
    gboolean is_late;
    const char *failure; /* why we gave up on the command (timeout, too much output); NULL if only its exit
                          * status matters */
    CommandDone done;
    void *user;
};

static void pipe_close(Pipe *pipe)
{
    if (pipe->source != NULL) {
        g_source_destroy(pipe->source);
        g_source_unref(pipe->source);
    }
    pipe->source = NULL;
    fd_clear(&pipe->fd);
}

static void run_free(CommandRun *run)
{
    pipe_close(&run->out);
    pipe_close(&run->err);
    patience_free(run->limit);
    process_free(run->process);
    secret_wipe(run->output, sizeof run->output);
    g_free(run);
}

/* Kills the command's process group: the command and every child that has not left the group. */
static void run_kill(CommandRun *run)
{
    if (process_is_alive(run->process))
        (void)kill(-process_pid(run->process), SIGKILL);
}

/* Returns the number of bytes read; 0 at the end or on an error; -1 if there are none now. */
static gssize read_some(int fd, void *buffer, gsize capacity)
{
    gssize n;

    do {
        n = read(fd, buffer, capacity);
    } while (n < 0 && errno == EINTR);
    return n < 0 && errno != EAGAIN ? 0 : n;
}

/* Reads standard output. FALSE at its end, or when it exceeds the limit. */
static gboolean take_output(CommandRun *run)
{
    gssize n = 1;

    while (n > 0 && run->output_bytes < sizeof run->output) {
        n = read_some(run->out.fd, run->output + run->output_bytes, sizeof run->output - run->output_bytes);
        run->output_bytes += (gsize)MAX(n, 0);
    }
    if (run->output_bytes > CREDENTIAL_COMMAND_MAX_BYTES)
        run->failure = "wrote more than 64 KiB";
    return n < 0;
}

/* Reads standard error and keeps its last WORDS_BYTES. FALSE at its end. Reads only one piece per call, as a
 * command may write to it endlessly. */
static gboolean take_words(CommandRun *run)
{
    char text[WORDS_BYTES];
    gssize n = read_some(run->err.fd, text, sizeof text);
    gsize size = (gsize)MAX(n, 0);
    gsize kept = MIN(run->words_bytes, WORDS_BYTES - size);

    memmove(run->words, run->words + run->words_bytes - kept, kept);
    memcpy(run->words + kept, text, size);
    run->words_bytes = kept + size;
    return n != 0;
}

static gboolean on_output(int fd, GIOCondition condition, void *data)
{
    CommandRun *run = data;

    (void)fd;
    (void)condition;
    if (take_output(run))
        return G_SOURCE_CONTINUE;
    pipe_close(&run->out);
    if (run->failure != NULL)
        run_kill(run);
    return G_SOURCE_REMOVE;
}

static gboolean on_words(int fd, GIOCondition condition, void *data)
{
    CommandRun *run = data;

    (void)fd;
    (void)condition;
    if (take_words(run))
        return G_SOURCE_CONTINUE;
    pipe_close(&run->err);
    return G_SOURCE_REMOVE;
}

/* Reads what was written before the end and has not been read yet. Does not wait: another process may still
 * hold the other end of the pipe. */
static void drain(CommandRun *run)
{
    if (run->out.fd >= 0)
        (void)take_output(run);
    if (run->err.fd >= 0) /* at most as much as a pipe holds */
        for (guint i = 0; i < (64u << 10) / WORDS_BYTES && take_words(run); i++)
            ;
}

/* The last line of standard error in printable form, or NULL. Owned by the caller. */
static char *last_words(const CommandRun *run)
{
    g_autofree char *line = NULL;
    gsize end = run->words_bytes, start;

    while (end > 0 && g_ascii_isspace(run->words[end - 1]))
        end--;
    for (start = end; start > 0 && run->words[start - 1] != '\n'; start--)
        ;
    line = g_strndup(run->words + start, end - start);
    return *line != '\0' ? quote_key(line) : NULL;
}

/* Why the command failed, or NULL. */
static GError *failure_of(CommandRun *run)
{
    g_autofree char *words = last_words(run);
    g_autofree char *end = process_describe_end(run->process);
    const char *what = run->failure;
    GError *error = NULL;
    int exitcode = -1;

    (void)process_exitcode(run->process, &exitcode);
    if (what == NULL && exitcode != 0)
        what = end;
    if (what == NULL && memchr(run->output, '\0', run->output_bytes) != NULL)
        what = "wrote a NUL byte";
    if (what != NULL)
        error_set(&error, run->is_late ? ERROR_TRANSIENT : ERROR_PERMANENT, "%s %s%s%s",
                  process_name(run->process), what, words != NULL ? ": " : "", words != NULL ? words : "");
    return error;
}

static void on_end(Process *process, void *data)
{
    CommandRun *run = data;
    g_autoptr(GError) error = NULL;

    (void)process;
    drain(run);
    error = failure_of(run);
    if (error == NULL)
        run->output[run->output_bytes] = '\0';
    run->done(error == NULL ? run->output : NULL, error, run->user);
    run_free(run);
}

static void on_limit(void *data)
{
    CommandRun *run = data;

    run->is_late = TRUE;
    run->failure = "did not finish in time and was killed";
    run_kill(run);
}

static void pipe_open(Pipe *pipe, CommandRun *run, int child_fd, GUnixFDSourceFunc func,
                      GMainContext *context)
{
    pipe->fd = process_steal_output(run->process, child_fd);
    pipe->source = g_unix_fd_source_new(pipe->fd, G_IO_IN | G_IO_HUP);
    g_source_set_callback(pipe->source, G_SOURCE_FUNC(func), run, NULL);
    g_source_attach(pipe->source, context);
}

/* The path of the program; NULL with class ERROR_PERMANENT. Owned by the caller. */
static char *find_program(const char *name, GVariant *environment, GError **error)
{
    g_autofree char *path = NULL;
    g_auto(GStrv) folders = NULL;

    if (strchr(name, '/') != NULL)
        return g_strdup(name);
    if (!g_variant_lookup(environment, "PATH", "s", &path))
        path = g_strdup("/usr/local/bin:/usr/bin:/bin");
    folders = g_strsplit(path, ":", -1);
    for (gsize i = 0; folders[i] != NULL; i++) {
        g_autofree char *program = g_build_filename(*folders[i] != '\0' ? folders[i] : ".", name, NULL);

        if (g_file_test(program, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test(program, G_FILE_TEST_IS_DIR))
            return g_steal_pointer(&program);
    }
    error_set(error, ERROR_PERMANENT, "no %s in PATH", name);
    return NULL;
}

/* The environment as lines "NAME=value". Owned by the caller. */
static GStrv variables_of(GVariant *environment)
{
    g_autoptr(GStrvBuilder) variables = g_strv_builder_new();
    const char *name, *value;
    GVariantIter iter;

    g_variant_iter_init(&iter, environment);
    while (g_variant_iter_next(&iter, "{&s&s}", &name, &value)) {
        g_autofree char *variable = g_strconcat(name, "=", value, NULL);

        g_strv_builder_add(variables, variable);
    }
    return g_strv_builder_end(variables);
}

static Process *start_process(const Command *command, GError **error)
{
    g_autofree char *program = find_program(command->argv[0], command->environment, error);
    g_auto(GStrv) variables = variables_of(command->environment);
    g_autofree char *name = quote_key(command->argv[0]);
    g_autoptr(Process) process = NULL;
    g_autoptr(GError) failure = NULL;

    if (program == NULL)
        return NULL;
    process = process_new(&(ProcessOptions){.name = name,
                                            .executable = program,
                                            .args = command->argv + 1,
                                            .env = (const char *const *)variables,
                                            .daemon = TRUE,
                                            .descriptors = COMMAND_DESCRIPTORS,
                                            .stdio = PROCESS_STDIO_PIPES});
    if (process_start(process, &failure))
        return g_steal_pointer(&process);
    /* ERROR_CONFIG would blame our configuration file, which does not name the command. */
    error_set(error, error_class(failure) == ERROR_CONFIG ? ERROR_PERMANENT : error_class(failure), "%s",
              failure->message);
    return NULL;
}

static CommandRun *run_start(const Command *command, CommandDone done, void *user, GError **error)
{
    Process *process = start_process(command, error);
    CommandRun *run;
    int channel;

    if (process == NULL)
        return NULL;
    channel = process_steal_channel(process); /* the command does not speak our protocol */
    fd_clear(&channel);
    run = g_new0(CommandRun, 1);
    run->process = process;
    run->done = done;
    run->user = user;
    pipe_open(&run->out, run, STDOUT_FILENO, on_output, command->context);
    pipe_open(&run->err, run, STDERR_FILENO, on_words, command->context);
    run->limit = patience_new(command->context, on_limit, run);
    patience_set(run->limit, command->timeout_s * CLOCK_US_PER_S);
    process_watch(process, command->context, on_end, run);
    return run;
}

static void run_cancel(CommandRun *run)
{
    if (run == NULL)
        return;
    run_kill(run);
    run_free(run);
}

const CommandRunner credential_command_runner = {run_start, run_cancel};
