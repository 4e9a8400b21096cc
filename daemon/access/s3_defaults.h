/* What a configuration leaves open of its buckets, filled in from AWS's variables and profiles, as AWS's own
 * tools would find it (s3/aws/aws_settings.h). Used by the supervisor. Pure but for the files that it reads.
 */
#pragma once

#include <glib.h>

#include "config/model.h"

/* endpoint, region, addressing and ca_file where they are not configured; dual_stack and fips always.
 * environment is an a{ss}. Nothing without a bucket. Class ERROR_PERMANENT: files that cannot be read;
 * ERROR_CONFIG: a setting that is none, or an endpoint that makes source and destination one place where
 * outputs feed the source. */
gboolean s3_defaults_apply(Config *config, GVariant *environment, GError **error);
