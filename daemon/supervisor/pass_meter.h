/* Tells what a pass counts for metrics (daemon/protocol/meter.h). Used by the supervisor. */
#pragma once

#include "base/clock.h"
#include "daemon/supervisor/pass_options.h"

/* How often it is told during a pass. */
#define PASS_METER_INTERVAL_US CLOCK_US_PER_S

/* Calls on_meter with what was counted since the last call. */
void pass_tell_meter(Pass *pass);
