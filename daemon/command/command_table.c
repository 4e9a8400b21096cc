#include "daemon/command/commands.h"

static const Command commands[] = {
    {"run", "make one pass over the source, then exit", command_run},
    {"daemon", "stay running: passes by a schedule or on request, until told to stop", command_daemon},
    {"plan", "print what a run would do, or --explain one object; changes nothing", command_plan},
    {"preview", "make the outputs of local images, and one HTML page to look at", command_preview},
    {"init", "print a configuration to begin with", command_init},
    {"check", "validate the configuration", command_check},
    {"doctor", "test the credentials and both stores", command_doctor},
    {"policy", "print the permissions at AWS that the configuration needs", command_policy},
    {"gc", "delete outputs whose original is gone", command_gc},
    {"verify", "check that what is stored is what should be stored", command_verify},
    {"failures", "failures of earlier runs that are not retried: list, why, retry", command_failures},
    {"history", "show the last runs and their results", command_history},
    {"completion", "print what a shell needs to complete thumbmill's arguments", command_completion},
};

const Command *command_at(guint i)
{
    return i < G_N_ELEMENTS(commands) ? &commands[i] : NULL;
}
