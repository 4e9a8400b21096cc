/* The life of a process: asks whether it is alive before its start, while it runs and after it was
 * terminated, and how it ended. This program is its own child: started as a child, it serves the target that
 * it is given. */
#include <stdio.h>

#include "base/clock.h"
#include "concurrent/child.h"
#include "concurrent/process.h"

static void nap(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)fds;
    (void)data;
    g_usleep(g_variant_get_uint32(args) * G_USEC_PER_SEC);
    call_return(call, g_variant_new("()"), NULL);
}

static void show(const char *when, Process *process)
{
    const char *alive = process_is_alive(process) ? "alive" : "not alive";
    int exitcode;

    if (process_exitcode(process, &exitcode))
        printf("%s: %s, exit code %d\n", when, alive, exitcode);
    else
        printf("%s: %s, no exit code\n", when, alive);
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{"nap", "u", nap}};
    static const ChildOptions child = {.table = {targets, G_N_ELEMENTS(targets), NULL}};
    ProcessOptions options = {.name = "sleeper", .target = "nap", .daemon = TRUE};
    g_autoptr(Process) process = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    if (child_serve_if_spawned(argc, argv, &child, &status))
        return status;
    options.target_args = g_variant_new_uint32(3600);
    process = process_new(&options);
    show("before the start", process);
    if (!process_start(process, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    show("while it runs", process);
    process_terminate(process);
    if (!process_join(process, 10 * CLOCK_US_PER_S)) {
        fprintf(stderr, "it does not end\n");
        return 1;
    }
    show("after terminate", process);
    return 0;
}
