/* Notifies the service manager, by the protocol of sd_notify(3): a datagram of NAME=VALUE lines to the socket
 * in NOTIFY_SOCKET. Sends nothing if that variable is unset. Implemented here and not linked: it is twenty
 * lines. Used by the main process. */
#pragma once

#include <glib.h>

/* Sends lines; format has no final newline: "READY=1\nSTATUS=idle". Errors are ignored: there is nobody to
 * report them to. */
void sd_notify_send(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The longest time that the service manager allows between two WATCHDOG=1 of this process; 0 if it expects
 * none. */
gint64 sd_notify_watchdog_us(void);
