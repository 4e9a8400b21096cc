/* The provider of a profile's credential_process: a command that writes credentials as JSON to its standard
 * output. Supervisor only. (AWS SDKs and Tools Reference Guide, "Process credential provider".) */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"
#include "s3/aws/credentials_provider.h"

/* command_line is copied. environment (a{ss}) is the command's environment; a reference is kept. runner is
 * borrowed, and runs the command for each fetch. */
CredentialsProvider *credentials_process_new(const char *command_line, GVariant *environment,
                                             const CommandRunner *runner, GMainContext *context);
