/* SHA-384 of texts over a process executor. executor_map() gives the results in the order of the texts, in
 * whichever order they are completed.
 *
 *   sha384 [TEXT...] */
#include <stdio.h>

#include "base/cpus.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/executor_map.h"
#include "concurrent/process_executor.h"

static void sha384(Call *call, GVariant *args, FdList *fds, void *data)
{
    const char *text = g_variant_get_bytestring(args);

    (void)fds;
    (void)data;
    call_return(call, g_variant_new_take_string(g_compute_checksum_for_string(G_CHECKSUM_SHA384, text, -1)),
                NULL);
}

static GVariant *next_text(void *data)
{
    const char *const **texts = data;

    return **texts != NULL ? g_variant_new_bytestring(*(*texts)++) : NULL;
}

static gboolean print_sums(Executor *executor, const char *const *texts, GError **error)
{
    const char *const *rest = texts;
    g_autoptr(ExecutorMap) sums = executor_map(executor, "sha384", next_text, &rest, NULL);
    g_autoptr(GError) failure = NULL;
    GVariant *sum;

    while ((sum = executor_map_next(sums, &failure)) != NULL) {
        printf("%s  %s\n", g_variant_get_string(sum, NULL), *texts++);
        g_variant_unref(sum);
    }
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

int main(int argc, char **argv)
{
    static const char *const some[] = {"", "abc", "The quick brown fox jumps over the lazy dog", NULL};
    static const CallTarget targets[] = {{"sha384", "ay", sha384}};
    static const ChildOptions child = {.table = {targets, G_N_ELEMENTS(targets), NULL}};
    const ProcessExecutorOptions options = {
        .name = "hasher", .max_workers = cpus_available(), .tasks_in_flight = 2};
    g_autoptr(Executor) executor = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    if (child_serve_if_spawned(argc, argv, &child, &status))
        return status;
    executor = process_executor_base(process_executor_new(&options, g_main_context_default()));
    if (!print_sums(executor, argc > 1 ? (const char *const *)argv + 1 : some, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    executor_shutdown(executor, TRUE, FALSE);
    return 0;
}
