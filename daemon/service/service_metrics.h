/* The metrics of a service (daemon/metrics/metrics.h): an array with those of its job. Used by the main process. */
#pragma once

#include "config/model.h"
#include "daemon/metrics/metrics.h"
#include "daemon/service/service_status.h"

/* Owned by the caller. */
GPtrArray *service_metrics_new(const Config *config);

/* A pass has ended: counts it, and writes the text file, if one is configured. */
void service_metrics_end_pass(GPtrArray *metrics, const PassResult *result, const Config *config);
