/* The reasons of retries, as s3/ counts them, for the report. Used by the supervisor. */
#pragma once

#include "batch/report.h"
#include "s3/http/retry.h"

/* Adds them to the report's. */
void retry_reasons_count(const guint64 reasons[RETRY_REASON_COUNT], RunReport *report);
