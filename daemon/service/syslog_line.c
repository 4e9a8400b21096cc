#include "daemon/service/syslog_line.h"

#include <syslog.h>

void syslog_line_open(void)
{
    openlog("thumbmill", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void syslog_line_write(int priority, const char *text)
{
    syslog(priority, "%s", text);
}
