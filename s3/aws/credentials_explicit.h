/* The provider of a file that holds nothing but keys, which a configuration or systemd names. Supervisor
 * only.
 *
 * It is of AWS's credentials format, of which [default] counts, or the JSON object that a credential_process
 * writes
 * ("Version": 1). */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Of such a file: the largest session tokens have some KiB. */
#define CREDENTIALS_EXPLICIT_MAX_BYTES (64u << 10)

/* What is in the file now. Class ERROR_PERMANENT, naming it. */
Credentials *credentials_from_explicit_file(const char *path, GError **error);

/* The file is read again by each fetch. */
CredentialsProvider *credentials_explicit_new(const char *path, GMainContext *context);

/* s3-credentials in CREDENTIALS_DIRECTORY of environment (a{ss}), if it is there:
 * LoadCredential=s3-credentials:... of a systemd unit puts it there. Owned by the caller. */
char *credentials_explicit_of_systemd(GVariant *environment);
