/* A process: a child program that this process starts, watches and stops. The operations are those of
 * Python's multiprocessing.Process.
 *
 *   Process *process = process_new(&(ProcessOptions){.name = "load", .target = "load",
 *                                                    .target_args = g_variant_new("(s)", url)});
 *   if (!process_start(process, &error)) ...
 *   process_join(process, CLOCK_FOREVER);
 *   process_exitcode(process, &exitcode);
 *   process_free(process);
 *
 * With a target, the program is one that calls child_serve() (concurrent/child.h): it runs that target and
 * ends, with status 0 when it returned, 1 when it failed (its error is on standard error), or its argument of
 * exit(). Without a target it may be any program, and its parent takes care of channel and protocol.
 *
 * Starting is fork + exec with a given environment, and nothing is inherited: descriptors 0-2 are set by
 * `stdio`, 3 is the child's channel, all others are closed; signal mask and dispositions are reset.
 *
 * daemon = TRUE: the kernel kills the child when the *thread* that started it ends, however that happens
 * (PR_SET_PDEATHSIG). The child reads end of file on its channel, ignores SIGINT and is in another process
 * group, so that only its parent stops it. daemon = FALSE: this process joins the child before it exits.
 *
 * Owned by one thread. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "ipc/fd_list.h"

typedef struct Process Process;

typedef enum {
    PROCESS_STDIO_INHERIT, /* 0 is /dev/null; 1 and 2 are this process's standard error */
    PROCESS_STDIO_CAPTURE, /* 0-2 are one memory file; process_last_words() returns its last line */
    PROCESS_STDIO_PIPES,   /* 0 is /dev/null; 1 and 2 are pipes, see process_steal_output() */
} ProcessStdio;

typedef struct {
    const char *name;        /* for people, such as "worker 3" */
    const char *executable;  /* absolute path; NULL for this program, see child_serve_if_spawned() */
    const char *const *args; /* after argv[0]; may be NULL. Never secrets: every user can read them */
    const char *const *env;  /* "NAME=value"; NULL for an empty environment */
    gboolean daemon;
    ProcessStdio stdio;
    gboolean own_session;        /* it leads a session. What it leaves behind there is killed, if this process
                                  * adopts orphans (concurrent/orphans.h) */
    const char *target;          /* its name in the program's table; may be NULL */
    GVariant *target_args;       /* NULL for (); floating is sunk */
    FdList *target_fds;          /* named by handles in target_args; may be NULL; takes ownership */
    guint64 descriptors;         /* soft RLIMIT_NOFILE, or 0 for this process's own */
    guint64 address_space_bytes; /* RLIMIT_AS: the most memory it can map, or 0 for this process's own */
    gboolean expendable;         /* the kernel kills it first when memory runs out
                                  * (concurrent/expendable.h) */
} ProcessOptions;

/* Copies the options. The process is not started yet. */
Process *process_new(const ProcessOptions *options);

/* Starts the process; starting twice is an error. Returns after the child has executed the executable. Class
 * ERROR_INTERNAL (no process, descriptor or memory is available; arguments that cannot be sent, see
 * concurrent/value.h), ERROR_LIMIT (the arguments are too large) or ERROR_CONFIG (the executable cannot be
 * run). */
gboolean process_start(Process *process, GError **error);

/* Takes this side's end of the child's channel, which the caller then owns. -1 if it was taken before, or if
 * there is a target. */
int process_steal_channel(Process *process);

/* For PROCESS_STDIO_PIPES: takes the non-blocking end that reads what the child writes to 1 or 2; the caller
 * then owns it. -1 if it was taken before. */
int process_steal_output(Process *process, int child_fd);

const char *process_name(const Process *process);
gboolean process_is_daemon(const Process *process);

/* 0 before the start. */
pid_t process_pid(const Process *process);

/* FALSE before the start and after the end. Never blocks. */
gboolean process_is_alive(Process *process);

/* SIGTERM, SIGKILL. No effect on a process that is not alive. */
void process_terminate(Process *process);
void process_kill(Process *process);

/* Waits at most timeout_us (or CLOCK_FOREVER) for the process's end. TRUE if it has ended. Blocks the thread;
 * an event loop uses process_watch(). */
gboolean process_join(Process *process, gint64 timeout_us);

/* Returns FALSE if there is none: the process was not started, or is still running. *ret_exitcode is the exit
 * status, or minus the number of the signal. */
gboolean process_exitcode(Process *process, int *ret_exitcode);

/* Describes the process's end for log lines: "exited with status 3", "was killed by SIGSEGV". Owned by the
 * caller. */
char *process_describe_end(Process *process);

/* For PROCESS_STDIO_CAPTURE: the last line that the process wrote to standard output or error, or NULL. Owned
 * by the caller. */
char *process_last_words(Process *process);

/* Calls func once, from context, when the process has ended. The source is owned by the process. */
typedef void (*ProcessFunc)(Process *process, void *data);
void process_watch(Process *process, GMainContext *context, ProcessFunc func, void *data);

/* For orphans.c: reaps the Process with this pid if it has ended. FALSE if none has this pid, or if it was
 * abandoned or reaped before. */
gboolean process_reap(pid_t pid);

/* Gives up a process that SIGKILL did not end: process_free() then does not wait for it. */
void process_abandon(Process *process);

/* Frees the process. If it is still running, it is killed and reaped if it is a daemon, else joined. A
 * process that cannot be killed, since it waits for a device or a file system, is abandoned after some
 * seconds. process may be NULL. */
void process_free(Process *process);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Process, process_free)
