/* A channel: one end of a SOCK_SEQPACKET socketpair between a parent and a child, speaking one Protocol.
 *
 * Every process has one to its parent (descriptor 3) and one to each child, and no other way to communicate.
 * A payload over 64 KiB is sent as sealed shared memory with the message, so the size of the kernel's socket
 * buffer is no limit.
 *
 * There are two modes. With a GMainContext, handlers are called from the loop and sending never blocks
 * (messages that do not fit are queued). Without one, channel_read() waits for a message and sending blocks:
 * for a process that does one thing at a time and must not own any descriptor except the channel.
 *
 * End of file means stop. Single-threaded. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"
#include "ipc/message.h"

typedef struct Channel Channel;

typedef struct {
    /* A valid message arrived. payload and fds belong to the channel; the handler may steal from fds. */
    void (*message)(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data);
    /* The peer has closed its end (why is NULL) or violated the protocol (class ERROR_INTERNAL). Called once,
     * as the last call. */
    void (*closed)(Channel *channel, const GError *why, void *data);
} ChannelHandlers;

/* The descriptor of a child's channel to its parent. */
#define CHANNEL_CHILD_FD 3

/* Makes a connected pair, close-on-exec. */
gboolean channel_pair(int ret_fds[2], GError **error);

/* Takes ownership of fd. incoming is the direction that this end receives. context is NULL for blocking mode.
 * handlers must be static. */
Channel *channel_new(int fd, const Protocol *protocol, MessageDirection incoming, GMainContext *context,
                     const ChannelHandlers *handlers, void *data);

/* Sends message `number`. payload must be of its type (floating references are sunk). Takes ownership of fds,
 * also on failure. Both may be NULL if the message has none. A peer that has closed its end is not an error
 * here: `closed` is called. */
void channel_send(Channel *channel, guint32 number, GVariant *payload, FdList *fds);

/* The number of queued messages, because the peer does not read. Senders of unbounded streams pause while it
 * is high. */
guint channel_backlog(const Channel *channel);

/* Blocking mode: waits for one message and calls its handler. FALSE once the channel is closed. */
gboolean channel_read(Channel *channel);

/* Handles all messages that have arrived, without waiting, such as those that a child sent before it died. */
void channel_drain(Channel *channel);

/* Closes this end: the peer reads end of file. No handler is called afterwards. May be called from a
 * handler. */
void channel_close(Channel *channel);

/* Closes the channel, and frees it when the last handler has returned. channel may be NULL. */
void channel_free(Channel *channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Channel, channel_free)
