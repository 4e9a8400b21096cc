/* Parses credentials as AWS's local services and the commands of profiles return them: one JSON object with
 * AccessKeyId, SecretAccessKey, a token and Expiration. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

typedef enum {
    CREDENTIALS_JSON_SERVICE, /* the token is Token; Code may say that there are no credentials */
    CREDENTIALS_JSON_PROCESS, /* the token is SessionToken; Version must be 1 */
} CredentialsJsonKind;

/* source describes the origin of text for error texts and logs. The parser's own copies are wiped. Class
 * ERROR_PERMANENT: the text has another form, or says that there are no credentials (a Code other than
 * "Success"). */
Credentials *credentials_from_json(const char *text, CredentialsJsonKind kind, const char *source,
                                   GError **error);
