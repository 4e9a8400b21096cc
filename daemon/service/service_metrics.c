#include "daemon/service/service_metrics.h"

GPtrArray *service_metrics_new(const Config *config)
{
    GPtrArray *metrics = g_ptr_array_new_with_free_func((GDestroyNotify)metrics_free);

    g_ptr_array_add(metrics, metrics_new(config->name));
    return metrics;
}

void service_metrics_end_pass(GPtrArray *metrics, const PassResult *result, const Config *config)
{
    metrics_end_pass(metrics->pdata[0], &(MetricsPass){.ended_us = result->ended_us,
                                                       .seconds = result->seconds,
                                                       .exit = result->exit,
                                                       .left_alone = result->left_alone});
    metrics_publish(metrics, config->metrics.textfile);
}
