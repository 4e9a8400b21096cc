/* Chooses the credentials provider that a configuration and an environment ask for. Supervisor only.
 *
 *   0. a file that the configuration names, or that is in systemd's CREDENTIALS_DIRECTORY
 *   1. AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY: the environment
 *   2. AWS_WEB_IDENTITY_TOKEN_FILE: the role AWS_ROLE_ARN, by STS
 *   3. AWS_PROFILE or AWS_DEFAULT_PROFILE, or AWS's files have a "default": that profile
 *   4. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or ..._FULL_URI: the container's service
 *   5. unless AWS_EC2_METADATA_DISABLED is true: the role of the EC2 instance
 *
 * The first one that is configured is used. If it is incomplete or broken, that is an error to report, not a
 * reason to use other credentials. If none is configured, the error of the last one names them all. (Order:
 * AWS SDKs and Tools Reference Guide, "Credential provider chain".) */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"
#include "s3/aws/credentials_provider.h"

typedef struct {
    GVariant *environment; /* a{ss}: variables as passed to the supervisor, never getenv() */
    GMainContext *context;
    const char *file;            /* s3.credentials_file of the configuration; may be NULL */
    const CommandRunner *runner; /* for a profile's credential_process; borrowed; NULL refuses such
                                  * profiles */
} CredentialsOptions;

/* Keeps references of the options. Class ERROR_PERMANENT: one of two keys is missing, a file cannot be read,
 * or no credentials are configured and EC2 may not be asked; ERROR_INTERNAL. */
CredentialsProvider *credentials_chain_choose(const CredentialsOptions *options, GError **error);
