/* A process: a child program that this process starts, watches and stops. The verbs are Python's
 * multiprocessing.Process.
 *
 *   Process *process = process_new(&(ProcessOptions){.name = "load", .target = "load",
 *                                                    .target_args = g_variant_new("(s)", url)});
 *   if (!process_start(process, &error)) ...
 *   process_join(process, CLOCK_FOREVER);
 *   process_exitcode(process, &exitcode);
 *   process_free(process);
 *
 * With a target, the program is one that calls child_serve() (concurrent/child.h): it runs that target and
 * ends, with status 0 when it returned, 1 when it failed (its error is on standard error), or what it gave to
 * exit(). Without one, it is any program, and channel and protocol are its parent's affair.
 *
 * start = fork + exec with a prepared environment and nothing inherited: descriptors 0-2 as `stdio` says, 3
 * is the child's channel, the rest is closed; signal mask and dispositions are reset.
 *
 * daemon = TRUE: the child is killed by the kernel when the *thread* that started it ends, however that
 * happens (PR_SET_PDEATHSIG), reads end of file on its channel, ignores SIGINT and is not of this process's
 * group, so that only its parent stops it. daemon = FALSE: this process joins it before it exits.
 *
 * Owned by one thread. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "ipc/fd_list.h"

typedef struct Process Process;

typedef enum {
    PROCESS_STDIO_INHERIT, /* 0 is /dev/null; 1 and 2 are this process's standard error */
    PROCESS_STDIO_CAPTURE, /* 0-2 are one memory file, whose last lines process_last_words() gives */
    PROCESS_STDIO_PIPES,   /* 0 is /dev/null; 1 and 2 are pipes, see process_steal_output() */
} ProcessStdio;

typedef struct {
    const char *name;        /* for people: "worker 3" */
    const char *executable;  /* absolute path; NULL: this program again, see child_serve_if_spawned() */
    const char *const *args; /* after argv[0]; NULL for none. Never secrets: anybody can read them */
    const char *const *env;  /* "NAME=value"; NULL for an empty environment */
    gboolean daemon;
    ProcessStdio stdio;
    const char *target;          /* by name, in the table of the program; NULL: none */
    GVariant *target_args;       /* NULL: (); floating is sunk */
    FdList *target_fds;          /* named by handles in target_args; may be NULL; taken */
    guint64 descriptors;         /* soft RLIMIT_NOFILE; 0: as this process's */
    guint64 address_space_bytes; /* RLIMIT_AS: memory that it cannot get beyond; 0: as this process's */
    gboolean expendable;         /* the kernel ends it first when memory runs out (concurrent/expendable.h) */
} ProcessOptions;

/* Copies the options. Nothing is started. */
Process *process_new(const ProcessOptions *options);

/* Starts it; starting twice is an error. Returns after the child has become the executable. Class
 * ERROR_INTERNAL (no process, descriptor or memory to be had; arguments that cannot cross, see
 * concurrent/value.h), ERROR_LIMIT (they are too large) or ERROR_CONFIG (the executable cannot be run). */
gboolean process_start(Process *process, GError **error);

/* This side's end of the child's channel, owned by the caller from now on; -1 the second time, and if there
 * is a target. */
int process_steal_channel(Process *process);

/* PROCESS_STDIO_PIPES: the end from which what the child writes to 1 or 2 is read, without blocking; owned by
 * the caller from now on; -1 the second time. */
int process_steal_output(Process *process, int child_fd);

const char *process_name(const Process *process);
gboolean process_is_daemon(const Process *process);

/* 0 before it was started. */
pid_t process_pid(const Process *process);

/* FALSE before the start and after the end. Never blocks. */
gboolean process_is_alive(Process *process);

/* SIGTERM, SIGKILL. No effect on one that is not alive. */
void process_terminate(Process *process);
void process_kill(Process *process);

/* Waits until it has ended, at most timeout_us (CLOCK_FOREVER: as long as it takes). TRUE if it has ended.
 * Blocks the thread; an event loop uses process_watch(). */
gboolean process_join(Process *process, gint64 timeout_us);

/* FALSE while there is none: not started, or still running. The exit status, or minus the number of the
 * signal. */
gboolean process_exitcode(Process *process, int *ret_exitcode);

/* "exited with status 3", "was killed by SIGSEGV": what a log line says of its end. Owned by the caller. */
char *process_describe_end(Process *process);

/* PROCESS_STDIO_CAPTURE: the last line that it wrote to standard output or error, or NULL. Owned by the
 * caller. */
char *process_last_words(Process *process);

/* Calls func once, from context, when it has ended. The source is owned by the process. */
typedef void (*ProcessFunc)(Process *process, void *data);
void process_watch(Process *process, GMainContext *context, ProcessFunc func, void *data);

/* Makes this process the parent of its descendants' orphans (PR_SET_CHILD_SUBREAPER), and reaps those when
 * they end: in a container nobody else may. Exit codes of children that are Processes stay theirs; a program
 * that uses this has no other children, and one thread that has Processes. SIGCHLD is blocked, see
 * signals_watch(). The source is attached and the caller's: destroy and unref it to stop. NULL with class
 * ERROR_INTERNAL. */
GSource *process_adopt_orphans(GMainContext *context, GError **error);

/* The same for the first process of a container or machine (pid 1), to which the kernel gives all orphans
 * anyway. NULL for any other. */
GSource *process_adopt_orphans_if_first(GMainContext *context);

/* Lets go of one that SIGKILL did not end: process_free() does not wait for it. */
void process_abandon(Process *process);

/* Releases it. One that still runs is killed and reaped if it is a daemon, else joined. One that cannot be
 * killed, since it waits for a device or a file system, is abandoned after some seconds. NULL is allowed. */
void process_free(Process *process);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Process, process_free)
