/* Measures this process and those that it has started, by role, for metrics: CPU time, memory, how many there
 * are. CPU time that ended processes used stays counted, as far as it was measured. Reads /proc; where that
 * hides other processes, only this one is measured. Single-threaded. */
#pragma once

#include "daemon/metrics/exposition.h"

/* Measures, and appends the metrics. */
void process_meter_append(Exposition *exposition);
