#include "daemon/service/service_metrics.h"

void service_metrics_init(Metrics *metrics, const char *config_path)
{
    g_autofree char *job = metrics_job_of(config_path);

    metrics_init(metrics, job);
}

void service_metrics_end_pass(Metrics *metrics, const PassResult *result, const Config *config)
{
    metrics_end_pass(metrics, &(MetricsPass){.ended_us = result->ended_us,
                                             .seconds = result->seconds,
                                             .exit = result->exit,
                                             .left_alone = result->left_alone});
    metrics_publish(metrics, config->metrics.textfile);
}
