/* The progress of a pass, as its receiver is told. Used by pass.c. */
#pragma once

#include "base/clock.h"

#define PASS_PROGRESS_INTERVAL_US (250 * CLOCK_US_PER_MS)

/* Tells the progress, and sets the timer for the next time. data: the pass. */
void pass_tell_progress(void *data);
