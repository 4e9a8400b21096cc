/* Credentials as AWS's services beside us hand them out: one JSON object with AccessKeyId, SecretAccessKey,
 * Token and Expiration. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/credentials.h"

/* source says in words where text comes from. What the parser copied is wiped. Class ERROR_PERMANENT: it is
 * something else, or says that there are none (a Code other than "Success"). */
Credentials *credentials_from_json(const char *text, const char *source, GError **error);
