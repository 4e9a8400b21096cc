/* What the service manager is told: the protocol of sd_notify(3), a datagram of NAME=VALUE lines to the
 * socket in NOTIFY_SOCKET. Without that, nothing is sent. Written out here rather than linked: it is twenty
 * lines. Used by the main process. */
#pragma once

#include <glib.h>

/* Lines, without the last newline: "READY=1\nSTATUS=idle". What cannot be sent is lost: nobody could be told.
 */
void sd_notify_send(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* How often at least the service manager wants to hear WATCHDOG=1 of this process; 0: it does not. */
gint64 sd_notify_watchdog_us(void);
