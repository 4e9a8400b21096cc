/* What stands where a bucket's name does and is none: ARNs of access points, and names that only look like a
 * bucket's. Used by the configuration and by s3/. Pure. (Amazon S3 User Guide, "Referencing access points".)
 */
#pragma once

#include <glib.h>

#define S3_ARN_PREFIX "arn:"

/* Longer ones are refused: a region has 63 bytes at most, an access point's name 50. */
#define S3_ARN_MAX_BYTES 256u

/* arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME, or with accesspoint:NAME. */
typedef struct {
    char *region;
    char *account; /* 12 digits */
    char *name;    /* 3 to 50 of a-z 0-9 - */
} S3Arn;

/* Class ERROR_CONFIG, in a sentence that says why and what to use instead: multi-region access points and
 * those of directory buckets, which are signed in other ways; buckets, which have names; Outposts, Object
 * Lambda and whatever else is no access point. */
gboolean s3_arn_parse(const char *arn, S3Arn *ret_arn, GError **error);

void s3_arn_clear(S3Arn *arn);

/* How much of text, which begins with "arn:", is the ARN, if a '/' and a prefix may follow. */
gsize s3_arn_length(const char *text);

/* Names of what is reached in another way than buckets: directory buckets (NAME--x-s3), multi-region access
 * points (NAME.mrap). Class ERROR_CONFIG. */
gboolean s3_arn_check_name(const char *bucket, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(S3Arn, s3_arn_clear)
