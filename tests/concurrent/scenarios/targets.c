/* Functions of the scenarios' tasks and children; targets.py is the counterpart in Python. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "concurrent/process.h"
#include "scenario.h"

static _Atomic gint32 initialized; /* written by several threads */

gboolean initialize(GVariant *args, GError **error)
{
    if (g_variant_is_of_type(args, G_VARIANT_TYPE_STRING)) {
        error_set(error, ERROR_INPUT, "%s", g_variant_get_string(args, NULL));
        return FALSE;
    }
    if (g_variant_is_of_type(args, G_VARIANT_TYPE_INT32))
        initialized = g_variant_get_int32(args);
    return TRUE;
}

static gboolean initialize_child(Child *child, GVariant *args, void *data, GError **error)
{
    (void)child;
    (void)data;
    return initialize(args, error);
}

#define UNUSED (void)args, (void)fds, (void)data

static void initialized_with(Call *call, GVariant *args, FdList *fds, void *data)
{
    UNUSED;
    call_return(call, g_variant_new_int32(initialized), NULL);
}

static void square(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint32 n = g_variant_get_int32(args);

    UNUSED;
    call_return(call, g_variant_new_int32(n * n), NULL);
}

static void length(Call *call, GVariant *args, FdList *fds, void *data)
{
    UNUSED;
    call_return(call, g_variant_new_int32((gint32)strlen(g_variant_get_string(args, NULL))), NULL);
}

static void fail(Call *call, GVariant *args, FdList *fds, void *data)
{
    UNUSED;
    call_fail(call, g_error_new_literal(error_quark(), ERROR_INPUT, g_variant_get_string(args, NULL)));
}

static void check(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint32 n = g_variant_get_int32(args);

    UNUSED;
    if (n < 0)
        call_fail(call, g_error_new(error_quark(), ERROR_INPUT, "%d is negative", n));
    else
        call_return(call, args, NULL);
}

static void log_number(Call *call, GVariant *args, FdList *fds, void *data)
{
    g_autofree char *text = g_strdup_printf("%d", g_variant_get_int32(args));

    write_line("log", text);
    check(call, args, fds, data);
}

/* Creates the first file and waits for the second one; either name may be empty. */
static void meet(Call *call, GVariant *args, FdList *fds, void *data)
{
    const char *mine;
    const char *other;

    UNUSED;
    g_variant_get(args, "(&s&s)", &mine, &other);
    if (*mine != '\0')
        touch(mine);
    if (*other != '\0')
        wait_for_file(other);
    call_return(call, g_variant_new_string(mine), NULL);
}

/* Creates a file, and ends when it is cancelled. */
static void meet_the_end(Call *call, GVariant *args, FdList *fds, void *data)
{
    UNUSED;
    touch(g_variant_get_string(args, NULL));
    while (!call_is_cancelled(call))
        g_usleep(2000);
    call_fail(call, g_error_new_literal(error_quark(), ERROR_CANCELLED, "given up"));
}

/* Waits so long that a scenario which does not wait for it has ended. */
static void wait_and_write(Call *call, GVariant *args, FdList *fds, void *data)
{
    const char *other;
    const char *name;

    UNUSED;
    g_variant_get(args, "(&s&s)", &other, &name);
    wait_for_file(other);
    g_usleep(300 * CLOCK_US_PER_MS);
    write_line(name, "written");
    call_return(call, g_variant_new("()"), NULL);
}

static void process_id(Call *call, GVariant *args, FdList *fds, void *data)
{
    UNUSED;
    call_return(call, g_variant_new_int32(getpid()), NULL);
}

static void on_main_thread(Call *call, GVariant *args, FdList *fds, void *data)
{
    UNUSED;
    call_return(call, g_variant_new_boolean(gettid() == getpid()), NULL);
}

static void return_nothing(Call *call, GVariant *args, FdList *fds, void *data)
{
    UNUSED;
    call_return(call, g_variant_new("()"), NULL);
}

static void leave(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)call;
    UNUSED;
    exit(g_variant_get_int32(args));
}

static void leave_at_once(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)call;
    UNUSED;
    _exit(g_variant_get_int32(args));
}

static void die(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)call;
    UNUSED;
    kill(getpid(), g_variant_get_int32(args));
    pause();
}

static void start_a_child(Call *call, GVariant *args, FdList *fds, void *data)
{
    g_autoptr(Process) process = process_new(
        &(ProcessOptions){.name = "square", .target = "square", .target_args = g_variant_new_int32(2)});
    GError *error = NULL;

    UNUSED;
    if (process_start(process, &error) && process_join(process, CLOCK_FOREVER))
        call_return(call, g_variant_new("()"), NULL);
    else
        call_fail(call, error);
}

static const CallTarget all[] = {
    {"initialized_with", "i", initialized_with},
    {"square", "i", square},
    {"length", "s", length},
    {"fail", "s", fail},
    {"check", "i", check},
    {"log", "i", log_number},
    {"meet", "(ss)", meet},
    {"meet_the_end", "s", meet_the_end},
    {"wait_and_write", "(ss)", wait_and_write},
    {"process_id", "i", process_id},
    {"on_main_thread", "i", on_main_thread},
    {"return_nothing", "()", return_nothing},
    {"leave", "i", leave},
    {"leave_at_once", "i", leave_at_once},
    {"die", "i", die},
    {"start_a_child", "()", start_a_child},
};

const CallTable targets = {all, G_N_ELEMENTS(all), NULL};
const ChildOptions children = {.initializer = initialize_child, .table = {all, G_N_ELEMENTS(all), NULL}};
