/* Where a daemon's log records go when it has no terminal: journald with fields, or syslog. Used by the main
 * process. */
#pragma once

#include <glib.h>

/* Whether standard error is a stream to journald, which can have records with their fields instead: a
 * record's fields become THUMBMILL_KEY and so on, beside MESSAGE and PRIORITY. */
gboolean log_sinks_has_journal(void);

/* Sends the records there; one that the journal does not take goes to standard error. */
void log_sinks_use_journal(void);

/* Sends the records to syslog(3), facility daemon, as lines of text. */
void log_sinks_use_syslog(void);
