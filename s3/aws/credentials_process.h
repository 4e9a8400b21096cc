/* The provider of a profile's credential_process: a command that writes keys as JSON to its standard output.
 * Supervisor only. (AWS SDKs and Tools Reference Guide, "Process credential provider".) */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"
#include "s3/aws/credentials_provider.h"

/* command_line is copied; environment (a{ss}) is what the command gets, a reference of it is kept; runner,
 * which is borrowed, runs it at each fetch. */
CredentialsProvider *credentials_process_new(const char *command_line, GVariant *environment,
                                             const CommandRunner *runner, GMainContext *context);
