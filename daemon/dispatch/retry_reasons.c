#include "daemon/dispatch/retry_reasons.h"

void retry_reasons_count(const guint64 reasons[RETRY_REASON_COUNT], RunReport *report)
{
    report->requests.retry_reasons.connect += reasons[RETRY_CONNECT];
    report->requests.retry_reasons.timeout += reasons[RETRY_TIMEOUT];
    report->requests.retry_reasons.reset += reasons[RETRY_RESET];
    report->requests.retry_reasons.truncated += reasons[RETRY_TRUNCATED];
    report->requests.retry_reasons.server_error += reasons[RETRY_SERVER];
    report->requests.retry_reasons.throttle += reasons[RETRY_THROTTLE];
    report->requests.retry_reasons.skew += reasons[RETRY_SKEW];
    report->requests.retry_reasons.region += reasons[RETRY_REGION];
}
