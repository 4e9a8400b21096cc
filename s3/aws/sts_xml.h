/* The answer of STS to AssumeRole and AssumeRoleWithWebIdentity: XML with the keys of a role in its
 * Credentials. Supervisor only. (AWS Security Token Service API Reference, "AssumeRole".) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

/* source says in words where they come from. What the parser copied is wiped. Class ERROR_PERMANENT: it has
 * not all of them, or the time is none; ERROR_TRANSIENT: it is no XML (cut off, most likely). */
Credentials *sts_xml_parse(const char *text, const char *source, GError **error);
