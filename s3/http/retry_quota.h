/* Limits the retries that a client may send, by a bucket of tokens. When most requests fail, the bucket runs
 * empty and each request is sent only once, so that an overloaded server does not get several times its load.
 * (AWS SDKs and Tools Reference Guide, "Retry behavior", standard mode.) Pure. */
#pragma once

#include <glib.h>

#include "s3/http/retry.h"

#define RETRY_QUOTA_TOKENS 500u

typedef struct {
    guint tokens;
} RetryQuota;

void retry_quota_init(RetryQuota *quota);

/* Takes the tokens of one retry, 10 after a timeout and 5 otherwise. Returns their number, or 0 if there are
 * too few. */
guint retry_quota_take(RetryQuota *quota, RetryReason reason);

/* Records a successful request: gives back the tokens of its last retry, or a single token if it had none
 * (0). */
void retry_quota_give(RetryQuota *quota, guint tokens);
