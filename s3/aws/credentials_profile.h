/* The provider of a profile in AWS's shared files: its credentials, or those of the role that it names, which
 * is assumed with the credentials of its source (s3/aws/profile_plan.h). Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"
#include "s3/aws/credentials_provider.h"

/* Uses the profile that environment (a{ss}; a reference is kept) chooses, in the files that it names. The
 * files are read again for each fetch, as rotated credentials are written there. runner is for a
 * credential_process; borrowed; may be NULL. */
CredentialsProvider *credentials_profile_new(GVariant *environment, const CommandRunner *runner,
                                             GMainContext *context);
