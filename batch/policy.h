/* The permissions that a configuration's runs need, as a policy of AWS's Identity and Access Management
 * (IAM): no action and no key more. Used by the main process. Pure.
 *
 * (AWS Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; IAM User
 * Guide, "IAM JSON policy elements: Resource".) */
#pragma once

#include <glib.h>

#include "config/model.h"

typedef struct {
    gboolean with_gc;   /* also for `thumbmill gc` */
    const char *bucket; /* only this bucket's statements, as the bucket's own policy; NULL: the policy of the
                            * credentials */
    const char *principal; /* who gets the permissions of a bucket's policy: an ARN; not NULL with bucket */
} PolicyOptions;

/* The permissions of all jobs (of Config): the JSON, with a newline at the end; owned by the caller. NULL
 * if no permission is needed: no store is a bucket, or none has the name in options. */
char *policy_text(const GPtrArray *jobs, const PolicyOptions *options);
