/* Runs one scenario, `scenarios NAME`, or lists them; also the program of their children. */
#include <stdio.h>
#include <string.h>

#include "concurrent/process_executor.h"
#include "concurrent/thread_executor.h"
#include "scenario.h"

static void run_plainly(const Scenario *scenario)
{
    scenario->run();
}

static void run_as_task(const Scenario *scenario)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) task = task_new(loop, scenario->task, NULL);
    GError *error = NULL;
    GVariant *result = loop_run_until_complete(loop, task, &error);

    say_outcome("main", result, error);
}

/* Takes ownership of executor. */
static void run_with(const Scenario *scenario, Executor *executor)
{
    scenario->share(executor);
    executor_shutdown(executor, TRUE, FALSE);
    executor_free(executor);
}

static void run_with_threads(const Scenario *scenario)
{
    const ThreadExecutorOptions options = {.max_workers = scenario->workers, .table = targets};

    run_with(scenario, thread_executor_base(thread_executor_new(&options)));
}

static void run_with_processes(const Scenario *scenario)
{
    const ProcessExecutorOptions options = {
        .name = "child", .max_workers = scenario->workers, .tasks_in_flight = 1};

    run_with(scenario, process_executor_base(process_executor_new(&options, g_main_context_default())));
}

static const struct {
    const char *name;
    const Scenario *scenarios;
    void (*run)(const Scenario *scenario);
} groups[] = {
    {"thread_executor", executors_scenarios, run_with_threads},
    {"process_executor", executors_scenarios, run_with_processes},
    {"workers", workers_scenarios, run_plainly},
    {"futures", futures_scenarios, run_plainly},
    {"pools", pools_scenarios, run_plainly},
    {"processes", processes_scenarios, run_plainly},
    {"threads", threads_scenarios, run_plainly},
    {"loops", loops_scenarios, run_plainly},
    {"tasks", tasks_scenarios, run_as_task},
    {"cancels", cancels_scenarios, run_as_task},
    {"deliberate", deliberate_scenarios, run_plainly},
};

/* Runs the wanted scenario; NULL lists all. */
static int run(const char *wanted)
{
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        for (const Scenario *scenario = groups[i].scenarios; scenario->name != NULL; scenario++) {
            g_autofree char *name = g_strdup_printf("%s/%s", groups[i].name, scenario->name);

            if (wanted == NULL) {
                puts(name);
            } else if (strcmp(wanted, name) == 0) {
                groups[i].run(scenario);
                return 0;
            }
        }
    }
    return wanted == NULL ? 0 : 2;
}

int main(int argc, char **argv)
{
    int status;

    if (child_serve_if_spawned(argc, argv, &children, &status))
        return status;
    setvbuf(stdout, NULL, _IOLBF, 0);
    return run(argc > 1 ? argv[1] : NULL);
}
