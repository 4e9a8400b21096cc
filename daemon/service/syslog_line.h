/* syslog(3), kept apart from everything that includes base/log.h: both define LOG_DEBUG. Used by the main
 * process. */
#pragma once

/* Connects with the identity thumbmill and the facility daemon. */
void syslog_line_open(void);

/* priority is a severity of RFC 5424, 0 to 7. */
void syslog_line_write(int priority, const char *text);
