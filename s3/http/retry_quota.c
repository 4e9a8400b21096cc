#include "s3/http/retry_quota.h"

#define COST         5u
#define TIMEOUT_COST 10u

void retry_quota_init(RetryQuota *quota)
{
    quota->tokens = RETRY_QUOTA_TOKENS;
}

guint retry_quota_take(RetryQuota *quota, RetryReason reason)
{
    guint cost = reason == RETRY_TIMEOUT ? TIMEOUT_COST : COST;

    if (quota->tokens < cost)
        return 0;
    quota->tokens -= cost;
    return cost;
}

void retry_quota_give(RetryQuota *quota, guint tokens)
{
    quota->tokens = MIN(quota->tokens + MAX(tokens, 1u), RETRY_QUOTA_TOKENS);
}
