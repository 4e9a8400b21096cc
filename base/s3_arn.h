/* Parses what may stand in place of a bucket name: access point ARNs, and reserved names, which are refused.
 * Used by the configuration and by s3/. Pure. (Amazon S3 User Guide, "Referencing access points".)
 */
#pragma once

#include <glib.h>

#define S3_ARN_PREFIX "arn:"

/* The longest ARN that is accepted: a region has at most 63 bytes, an access point's name 50. */
#define S3_ARN_MAX_BYTES 256u

/* Parts of arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME, or with accesspoint:NAME. */
typedef struct {
    char *region;
    char *account; /* 12 digits */
    char *name;    /* 3 to 50 of a-z 0-9 - */
} S3Arn;

/* Class ERROR_CONFIG, with a sentence that says why and what to use instead, for multi-region access points
 * and those of directory buckets, which are signed differently; buckets, which have names; Outposts, Object
 * Lambda and all else that is no access point. */
gboolean s3_arn_parse(const char *arn, S3Arn *ret_arn, GError **error);

void s3_arn_clear(S3Arn *arn);

/* The length of the ARN at the beginning of text, which may be followed by '/' and a prefix. */
gsize s3_arn_length(const char *text);

/* Refuses names that are not accessed like buckets: directory buckets (NAME--x-s3), multi-region access
 * points (NAME.mrap). Class ERROR_CONFIG. */
gboolean s3_arn_check_name(const char *bucket, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(S3Arn, s3_arn_clear)
