/* The progress of a pass as JSON (docs/JSON.md), for programs: of `thumbmill status --json`, and of
 * `thumbmill run --progress json`. Used by the main process. Pure. */
#pragma once

#include <jansson.h>

#include "daemon/protocol/progress.h"
#include "daemon/session/speed.h"

/* Owned by the caller. elapsed_us: since the pass began. */
json_t *progress_to_json(const Progress *progress, const Forecast *forecast, gint64 elapsed_us);
