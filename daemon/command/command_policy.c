/* thumbmill policy: prints the permissions at AWS that this configuration's runs need. */
#include <glib.h>

#include "batch/policy.h"
#include "daemon/command/commands.h"
#include "daemon/options/job_options.h"

static ExitCode print_policy(const GPtrArray *jobs, const PolicyOptions *options)
{
    g_autofree char *text = policy_text(jobs, options);

    if (text == NULL && options->bucket != NULL) {
        g_printerr("thumbmill policy: neither source nor destination is the bucket '%s'\n", options->bucket);
        return EXIT_CODE_USAGE;
    }
    if (text == NULL)
        g_printerr("thumbmill policy: source and destination are directories: no permission is needed\n");
    else
        g_print("%s", text);
    return EXIT_CODE_DONE;
}

ExitCode command_policy(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_autofree char *bucket = NULL;
    g_autofree char *principal = NULL;
    g_auto(GStrv) names = NULL;
    gboolean with_gc = FALSE;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(names),
        {"gc", 0, 0, G_OPTION_ARG_NONE, &with_gc, "Include what `thumbmill gc` needs", NULL},
        {"bucket", 0, 0, G_OPTION_ARG_STRING, &bucket,
         "Print the bucket policy of this bucket, for --principal", "NAME"},
        {"principal", 0, 0, G_OPTION_ARG_STRING, &principal,
         "The role or user that --bucket grants the permissions to", "ARN"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GPtrArray) jobs = NULL;

    if (!command_parse(&argc, &argv, entries,
                       "Prints the AWS IAM policy with the permissions that runs of this configuration need, "
                       "as JSON. Does not access the stores."))
        return EXIT_CODE_USAGE;
    if ((bucket == NULL) != (principal == NULL)) {
        g_printerr("thumbmill policy: --bucket and --principal belong together\n");
        return EXIT_CODE_USAGE;
    }
    jobs = job_options_load(path, names);
    if (jobs == NULL)
        return EXIT_CODE_USAGE;
    return print_policy(jobs, &(PolicyOptions){.with_gc = with_gc, .bucket = bucket, .principal = principal});
}
