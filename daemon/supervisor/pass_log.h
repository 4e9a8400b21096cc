/* Log records of a pass. Used by the supervisor's pass. */
#pragma once

#include "daemon/flow/alike.h"
#include "store/store.h"

/* The pass ends early. url may be NULL. */
void pass_log_end(const char *message, const char *url, const GError *error);

/* Nearly all of the first objects (sample of them) fail for one reason. */
void pass_log_alike(const Alike *alike, guint sample);

/* The selection leaves no object of the source's listing, or (is_empty) the listing was empty. */
void pass_log_no_keys(const Store *source);
void pass_log_nothing(const Store *source, const char *prefix, gboolean is_empty);

/* An option of the configuration has no effect with this server. */
void pass_log_no_ranges(const Store *store, const char *problem);
void pass_log_no_precondition(const Store *destination, const char *problem);

/* The recipes in force (batch/recipes.h) cannot be written, or not even read. */
void pass_log_no_recipes(const char *url, gboolean were_read, const GError *error);

/* Log that an output's recipe was not known, that it has changed (is_made: existing outputs are made again),
 * or that the configuration is older than the one in force. */
void pass_log_adopted(const char *output, gboolean is_made);
void pass_log_changed(const char *output, gboolean is_made);
void pass_log_former(const char *output);

/* At the end: outputs of another recipe that are left; outputs that an older configuration does not make. */
void pass_log_left(guint64 count);
void pass_log_withheld(guint64 count);

/* The comparison refused an object. */
void pass_log_refusal(const char *key, const GError *error);
