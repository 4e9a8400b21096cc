/* thumbmill doctor: tries what a run needs from the credentials and from both stores, and says what to do
 * about failures. */
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/options/job_options.h"
#include "daemon/protocol/engine_report.h"
#include "daemon/protocol/findings.h"
#include "daemon/protocol/table.h"
#include "daemon/session/encoders.h"
#include "daemon/session/session.h"
#include "sandbox/privileges.h"

/* The stores could not be examined: the only finding is this error. */
static GPtrArray *findings_of(const GError *error)
{
    GPtrArray *findings = findings_new();
    ErrorClass class = error_class(error);
    gboolean is_keys = class == ERROR_PERMANENT || class == ERROR_TRANSIENT || class == ERROR_UNAVAILABLE;

    findings_add(findings, is_keys ? "credentials" : "thumbmill", "found", FINDING_FAILED, error->message,
                 is_keys
                     ? "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or run where a role "
                       "is available: thumbmill(1), ENVIRONMENT, lists where credentials are looked for."
                     : "Correct what the message names.");
    return findings;
}

/* Adds what this machine can encode. Returns the report of the imager that tried it, or NULL. */
static EngineReport *add_encoders(GPtrArray *findings, const Config *config)
{
    EngineReport *report = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) trials = encoders_try(config, &report, &error);

    if (trials == NULL)
        findings_add(findings, "encoders", "tried", FINDING_FAILED, error->message, NULL);
    for (guint i = 0; trials != NULL && i < trials->len; i++) {
        const EncoderTrial *trial = trials->pdata[i];
        const char *format = format_info(trial->format)->name;
        g_autofree char *advice = NULL;

        if (trial->error == NULL) {
            findings_add(findings, "encoders", trial->output, FINDING_OK, format, NULL);
            continue;
        }
        advice = g_strdup(encoder_advice(trial));
        advice[0] = g_ascii_toupper(advice[0]);
        findings_add(findings, "encoders", trial->output, trial->is_needed ? FINDING_FAILED : FINDING_WARNING,
                     trial->error->message, advice);
    }
    return report;
}

/* Adds the privileges of this process, and the user that all processes run as. */
static void add_rights(GPtrArray *findings)
{
    g_autofree char *rights = privileges_describe();

    findings_add(findings, "sandbox", "rights of the main process", FINDING_OK, rights, NULL);
    if (privileges_is_root())
        findings_add(findings, "sandbox", "user", FINDING_WARNING, "root",
                     "Use a dedicated user, as the systemd units and the container image do, to keep root's "
                     "files out of reach.");
}

static ExitCode examine(const Config *config, gboolean as_json)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) findings = session_examine(config, &error);
    g_autoptr(EngineReport) engine = NULL;
    g_autofree char *text = NULL;
    ExitCode code;

    if (findings == NULL)
        findings = findings_of(error);
    engine = add_encoders(findings, config);
    /* An imager that accepts an incomplete sandbox can say why the others do not start. */
    if (engine == NULL)
        engine = engine_report_ask(NULL);
    if (engine != NULL)
        engine_report_add(engine, config->sandbox == CONFIG_SANDBOX_BEST_EFFORT, findings);
    add_rights(findings);
    code = findings_have_failure(findings) ? EXIT_CODE_UNUSABLE : EXIT_CODE_DONE;
    text = as_json ? findings_json(findings, (int)code, engine != NULL ? engine_report_json(engine) : NULL)
                   : findings_text(findings, table_terminal_columns());
    g_print("%s", text);
    return code;
}

/* The highest exit code of all jobs. */
static ExitCode examine_jobs(const GPtrArray *jobs, gboolean as_json)
{
    ExitCode code = EXIT_CODE_DONE;

    if (as_json && jobs->len > 1) {
        g_printerr("thumbmill doctor: --json is for one job: choose it with --job NAME\n");
        return EXIT_CODE_USAGE;
    }
    for (guint i = 0; i < jobs->len; i++) {
        ExitCode one;

        job_options_tell(jobs, jobs->pdata[i], g_print);
        one = examine(jobs->pdata[i], as_json);
        code = MAX(code, one);
    }
    return code;
}

ExitCode command_doctor(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_auto(GStrv) names = NULL;
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(names),
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object instead of a table", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GPtrArray) jobs = NULL;

    if (!command_parse(
            &argc, &argv, entries,
            "Tests the credentials and everything that a run does with both stores. The source is only read; "
            "at the destination an object named thumbmill-doctor-... is uploaded, read and removed."))
        return EXIT_CODE_USAGE;
    jobs = job_options_load(path, names);
    return jobs != NULL ? examine_jobs(jobs, as_json) : EXIT_CODE_USAGE;
}
