/* The retries that a client may send: a bucket of tokens. When most requests fail it runs empty, and each is
 * sent once only, so that a server in trouble does not get several times its load. (AWS SDKs and Tools
 * Reference Guide, "Retry behavior", standard mode.) Pure. */
#pragma once

#include <glib.h>

#include "s3/http/retry.h"

#define RETRY_QUOTA_TOKENS 500u

typedef struct {
    guint tokens;
} RetryQuota;

void retry_quota_init(RetryQuota *quota);

/* Takes the tokens of one retry, 10 after a timeout and 5 otherwise, and returns their number; 0: there are
 * too few. */
guint retry_quota_take(RetryQuota *quota, RetryReason reason);

/* A request succeeded: gives back the tokens of its last retry; 0, there was none: a single one. */
void retry_quota_give(RetryQuota *quota, guint tokens);
