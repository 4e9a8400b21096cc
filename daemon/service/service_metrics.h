/* The metrics of a service (daemon/metrics/metrics.h). Used by the main process. */
#pragma once

#include "config/model.h"
#include "daemon/metrics/metrics.h"
#include "daemon/service/service_status.h"

/* For the job of this configuration file. */
void service_metrics_init(Metrics *metrics, const char *config_path);

/* A pass has ended: counts it, and writes the text file, if one is configured. */
void service_metrics_end_pass(Metrics *metrics, const PassResult *result, const Config *config);
