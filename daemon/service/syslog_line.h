/* syslog(3), apart from everything that includes base/log.h: both have a LOG_DEBUG. Used by the main process.
 */
#pragma once

/* Connects, as thumbmill, facility daemon. */
void syslog_line_open(void);

/* priority is RFC 5424's severity, 0 to 7. */
void syslog_line_write(int priority, const char *text);
