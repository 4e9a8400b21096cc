/* Credentials as AWS's services beside us and the commands of profiles hand them out: one JSON object with
 * AccessKeyId, SecretAccessKey, a token and Expiration. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

typedef enum {
    CREDENTIALS_JSON_SERVICE, /* the token is Token; Code may say that there are none */
    CREDENTIALS_JSON_PROCESS, /* the token is SessionToken; Version must be 1 */
} CredentialsJsonKind;

/* source says in words where text comes from. What the parser copied is wiped. Class ERROR_PERMANENT: it is
 * something else, or says that there are none (a Code other than "Success"). */
Credentials *credentials_from_json(const char *text, CredentialsJsonKind kind, const char *source,
                                   GError **error);
