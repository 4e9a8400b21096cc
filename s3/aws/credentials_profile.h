/* The provider of a profile in AWS's shared files: its keys, or those of the role that it names, assumed with
 * what its source gives (s3/aws/profile_plan.h). Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"
#include "s3/aws/credentials_provider.h"

/* The profile that environment (a{ss}, of which it keeps a reference) chooses, in the files that it names.
 * These are read again by each fetch, as whoever rotates keys writes them there. runner (borrowed; NULL:
 * none) is for a credential_process. */
CredentialsProvider *credentials_profile_new(GVariant *environment, const CommandRunner *runner,
                                             GMainContext *context);
