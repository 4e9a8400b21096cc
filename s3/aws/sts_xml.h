/* Parses the response of STS to AssumeRole and AssumeRoleWithWebIdentity: XML with the role's keys in its
 * Credentials element. Supervisor only. (AWS Security Token Service API Reference, "AssumeRole".) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

/* source describes the credentials' origin for error texts and logs. The parser's own copies are wiped. Class
 * ERROR_PERMANENT: one of the fields is missing, or the time is invalid; ERROR_TRANSIENT: malformed XML (most
 * likely cut off). */
Credentials *sts_xml_parse(const char *text, const char *source, GError **error);
