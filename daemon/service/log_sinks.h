/* The log of a daemon that has no terminal: journald with fields, or syslog. Used by the main process. */
#pragma once

#include <glib.h>

/* Whether standard error is a stream to journald. journald can then receive records with their fields: each
 * field becomes THUMBMILL_KEY and so on, next to MESSAGE and PRIORITY. */
gboolean log_sinks_has_journal(void);

/* Sends the records to journald; a record that journald does not accept goes to standard error. */
void log_sinks_use_journal(void);

/* Sends the records to syslog(3), facility daemon, as lines of text. */
void log_sinks_use_syslog(void);
