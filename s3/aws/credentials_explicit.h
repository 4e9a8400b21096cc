/* The provider of a file that only holds credentials, named by a configuration or by systemd. Supervisor
 * only.
 *
 * The file is in AWS's credentials format, of which [default] is used, or it is the JSON object that a
 * credential_process writes ("Version": 1). */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Limit of such a file: the largest session tokens have some KiB. */
#define CREDENTIALS_EXPLICIT_MAX_BYTES (64u << 10)

/* Reads the file now. Class ERROR_PERMANENT, naming the file. */
Credentials *credentials_from_explicit_file(const char *path, GError **error);

/* The file is read again for each fetch. */
CredentialsProvider *credentials_explicit_new(const char *path, GMainContext *context);

/* The path of s3-credentials in CREDENTIALS_DIRECTORY of environment (a{ss}), or NULL if there is no such
 * file. LoadCredential=s3-credentials:... of a systemd unit puts it there. Owned by the caller. */
char *credentials_explicit_of_systemd(GVariant *environment);
