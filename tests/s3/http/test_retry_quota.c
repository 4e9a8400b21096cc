#include <criterion/criterion.h>

#include "s3/http/retry_quota.h"

Test(retry_quota, an_outage_uses_it_up)
{
    RetryQuota quota;

    retry_quota_init(&quota);
    for (guint i = 0; i < RETRY_QUOTA_TOKENS / 5; i++)
        cr_assert_eq(retry_quota_take(&quota, RETRY_SERVER), 5u);
    cr_assert_eq(retry_quota_take(&quota, RETRY_SERVER), 0u);
    cr_assert_eq(quota.tokens, 0u);
}

Test(retry_quota, a_timeout_costs_twice)
{
    RetryQuota quota = {19};

    cr_assert_eq(retry_quota_take(&quota, RETRY_TIMEOUT), 10u);
    cr_assert_eq(retry_quota_take(&quota, RETRY_TIMEOUT), 0u);
    cr_assert_eq(quota.tokens, 9u, "what is too little is left");
    cr_assert_eq(retry_quota_take(&quota, RETRY_RESET), 5u);
}

Test(retry_quota, success_gives_back)
{
    RetryQuota quota = {3};

    retry_quota_give(&quota, 0);
    cr_assert_eq(quota.tokens, 4u);
    retry_quota_give(&quota, 10);
    cr_assert_eq(quota.tokens, 14u);
    quota.tokens = RETRY_QUOTA_TOKENS - 2;
    retry_quota_give(&quota, 5);
    cr_assert_eq(quota.tokens, RETRY_QUOTA_TOKENS, "never more than at the start");
}
