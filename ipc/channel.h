/* A channel: one end of a SOCK_SEQPACKET socketpair between a parent and a child, speaking one Protocol.
 *
 * Every process has one to its parent (descriptor 3) and one to each child, and no other way to talk to
 * anybody. A payload over 64 KiB travels as sealed shared memory beside the message, so the kernel's socket
 * buffer is no limit.
 *
 * Two modes. With a GMainContext, handlers are called from the loop and sending never blocks (what does not
 * fit is queued). Without one, channel_read() waits for a message and sending blocks: for a process that does
 * one thing at a time and shall own no descriptor beyond the channel.
 *
 * End of file means stop. Single-threaded. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"
#include "ipc/message.h"

typedef struct Channel Channel;

typedef struct {
    /* A legal message arrived. payload and fds belong to the channel; the handler may steal from fds. */
    void (*message)(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data);
    /* The other side is gone (why is NULL) or broke the protocol (class ERROR_INTERNAL). Called once, the
     * last call. */
    void (*closed)(Channel *channel, const GError *why, void *data);
} ChannelHandlers;

/* The descriptor on which a child finds its channel. */
#define CHANNEL_CHILD_FD 3

/* A connected pair, close-on-exec. */
gboolean channel_pair(int ret_fds[2], GError **error);

/* Takes fd. incoming: the direction that this end receives. context NULL: blocking mode. handlers must be
 * static. */
Channel *channel_new(int fd, const Protocol *protocol, MessageDirection incoming, GMainContext *context,
                     const ChannelHandlers *handlers, void *data);

/* Sends message `number`; payload must be of its type (floating references are sunk) and fds is taken, also
 * on failure; both may be NULL where the message has none. A peer that is gone is no error here: `closed`
 * tells. */
void channel_send(Channel *channel, guint32 number, GVariant *payload, FdList *fds);

/* Messages that wait because the peer does not read: what a sender of unbounded streams holds back for. */
guint channel_backlog(const Channel *channel);

/* Blocking mode: waits for one message and calls its handler. FALSE once the channel is closed. */
gboolean channel_read(Channel *channel);

/* Handles all that has arrived, without waiting: what a child said before it died. */
void channel_drain(Channel *channel);

/* Closes this end: the peer reads end of file. No handler is called afterwards. May be called from a handler.
 */
void channel_close(Channel *channel);

/* Closes, and releases when the last handler has returned. NULL is allowed. */
void channel_free(Channel *channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Channel, channel_free)
