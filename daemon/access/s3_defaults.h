/* Fills in bucket settings that the configuration leaves open, from AWS's variables and profiles, as AWS's
 * own tools would find them (s3/aws/aws_settings.h). Used by the supervisor. Pure, except that it reads
 * files. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* Sets endpoint, region, addressing and ca_file where they are not configured, and dual_stack and fips
 * always. environment is an a{ss}. Does nothing if neither store is a bucket. Class ERROR_PERMANENT: files
 * that cannot be read; ERROR_CONFIG: an invalid setting, or an endpoint that makes source and destination one
 * place, so that outputs would become sources. */
gboolean s3_defaults_apply(Config *config, GVariant *environment, GError **error);
