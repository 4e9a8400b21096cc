#include "daemon/command/job_runs.h"

#include "base/clock.h"
#include "daemon/command/commands.h"
#include "daemon/options/job_options.h"

/* The report of a job whose pass did not begin. */
static RunReport *report_without_pass(const Config *config, ExitCode code, const char *reason)
{
    RunReport *report = report_new("");

    report->job = g_strdup(config->name);
    report->exit = (gint32)code;
    report->error = g_strdup(reason);
    return report;
}

/* Runs one job. Returns NULL with *ret_code if it cannot be locked. */
static RunReport *perform(const JobRuns *runs, JobRun *run, ExitCode *ret_code)
{
    g_autoptr(RunLock) lock = NULL;
    const LockResult locked = runs->needs_lock ? run_lock_take(run->config, runs->lock, &lock) : LOCK_TAKEN;

    if (locked != LOCK_TAKEN) {
        *ret_code = locked == LOCK_HELD ? EXIT_CODE_LOCKED : EXIT_CODE_UNUSABLE;
        return NULL;
    }
    run->is_locked = lock != NULL;
    if (runs->has_heads)
        job_options_tell(runs->jobs, run->config, g_print);
    return runs->run(run, runs->data);
}

/* The CPU time that a report counts is that of this process so far: earlier jobs' has to be taken off. */
static void take_off(RunReport *report, double *cpu_seconds)
{
    const double all = report->cpu_seconds;

    report->cpu_seconds = MAX(all - *cpu_seconds, 0.0);
    *cpu_seconds = MAX(all, *cpu_seconds);
}

ExitCode job_runs_perform(const JobRuns *runs)
{
    g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func((GDestroyNotify)report_free);
    const gint64 start_us = clock_now_us();
    g_autofree char *text = NULL;
    gboolean is_over = FALSE;
    double cpu_seconds = 0;

    for (guint i = 0; i < runs->jobs->len; i++) {
        const gint64 elapsed_ms = (clock_now_us() - start_us) / CLOCK_US_PER_MS;
        JobRun run = {.config = runs->jobs->pdata[i]};
        ExitCode code = EXIT_CODE_STOPPED;
        RunReport *report = NULL;

        if (runs->max_duration_ms > 0) {
            run.left_ms = MAX(runs->max_duration_ms - elapsed_ms, 1);
            is_over |= i > 0 && elapsed_ms >= runs->max_duration_ms;
        }
        if (!is_over)
            report = perform(runs, &run, &code);
        if (report == NULL && runs->jobs->len == 1)
            return code;
        if (report != NULL)
            take_off(report, &cpu_seconds);
        else
            report = report_without_pass(
                run.config, code, is_over ? "the run was stopped before" : "the run lock is not available");
        is_over |= run.is_over;
        g_ptr_array_add(reports, report);
    }
    if (runs->as_json) {
        text = report_list_to_json(reports);
        g_print("%s", text);
    }
    return command_end(reports, runs->report_path);
}
