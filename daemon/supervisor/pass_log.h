/* What a pass has to say to people. Used by the supervisor's pass. */
#pragma once

#include "daemon/flow/alike.h"
#include "store/store.h"

/* It ends early. url may be NULL. */
void pass_log_end(const char *message, const char *url, const GError *error);

/* Nearly all of the first objects, sample in all, fail alike. */
void pass_log_alike(const Alike *alike, guint sample);

/* Nothing is left of the source's listing, or (is_empty) nothing was in it. */
void pass_log_nothing(const Store *source, gboolean is_empty);

/* What was wished for cannot be had. */
void pass_log_no_ranges(const Store *store, const char *problem);
void pass_log_no_precondition(const Store *destination, const char *problem);

/* The comparison refuses an object. */
void pass_log_refusal(const char *key, const GError *error);
