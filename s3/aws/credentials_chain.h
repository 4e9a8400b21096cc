/* Which provider a configuration and an environment ask for. Supervisor only.
 *
 *   0. a file that the configuration names, or systemd's CREDENTIALS_DIRECTORY has
 *   1. AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY: the environment
 *   2. AWS_WEB_IDENTITY_TOKEN_FILE: the role AWS_ROLE_ARN, by STS
 *   3. AWS_PROFILE or AWS_DEFAULT_PROFILE, or there is a "default" in AWS's files: that profile
 *   4. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or ..._FULL_URI: the container's service
 *   5. unless AWS_EC2_METADATA_DISABLED is true: the role of the EC2 instance
 *
 * The first that is spoken of is the one: what is half there or broken is a mistake to report, not a reason
 * to use other keys. If none is spoken of, the error of the last one names them all. (Order: AWS SDKs and
 * Tools Reference Guide, "Credential provider chain".) */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"
#include "s3/aws/credentials_provider.h"

typedef struct {
    GVariant *environment; /* a{ss}: variables as the supervisor was handed them, never getenv() */
    GMainContext *context;
    const char *file;            /* of the configuration; NULL: none */
    const CommandRunner *runner; /* of a profile's credential_process; borrowed; NULL: that is refused */
} CredentialsOptions;

/* Keeps references of what it is given. Class ERROR_PERMANENT: half a pair of keys, unreadable files, nothing
 * that speaks of credentials where EC2 may not be asked; ERROR_INTERNAL. */
CredentialsProvider *credentials_chain_choose(const CredentialsOptions *options, GError **error);
