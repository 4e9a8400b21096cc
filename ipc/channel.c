#include "ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/fd.h"

/* Larger payloads are sent as shared memory: half of the smallest default socket buffer
 * (net.core.wmem_default). */
#define INLINE_MAX_BYTES (64u << 10)

/* Messages handled per wake-up, so that one talkative peer cannot starve the others. */
#define MESSAGES_PER_TURN 64

/* The most descriptors that a message may carry: its own, and the one of its payload. */
#define RECEIVED_FDS (LIMIT_MESSAGE_FDS + 1)

typedef struct {
    guint32 number;
    guint32 in_memory; /* the payload is the last descriptor, and does not follow this header */
} Header;

typedef struct {
    Header header;
    GBytes *payload; /* NULL if in_memory */
    FdList *fds;     /* may be NULL */
} Outgoing;

struct Channel {
    guint refs; /* the owner's reference, and one while a handler runs */
    int fd;     /* -1 once closed */
    const Protocol *protocol;
    MessageDirection incoming;
    GMainContext *context;
    GSource *readable;
    gboolean receiving; /* handlers are running: a nested main loop must not enter this again */
    GSource *writable;  /* only while the queue is not empty */
    GQueue queue;       /* of Outgoing */
    guint8 *buffer;
    const ChannelHandlers *handlers;
    void *data;
};

gboolean channel_pair(int ret_fds[2], GError **error)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "socketpair");
        return FALSE;
    }
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return TRUE;
}

static void outgoing_clear(Outgoing *out)
{
    g_clear_pointer(&out->payload, g_bytes_unref);
    g_clear_pointer(&out->fds, fd_list_free);
}

static void outgoing_free(Outgoing *out)
{
    outgoing_clear(out);
    g_free(out);
}

static void source_clear(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

static void channel_unref(Channel *channel)
{
    if (--channel->refs > 0)
        return;
    g_clear_pointer(&channel->context, g_main_context_unref);
    g_free(channel->buffer);
    g_free(channel);
}

void channel_close(Channel *channel)
{
    Outgoing *out;

    source_clear(&channel->readable);
    source_clear(&channel->writable);
    while ((out = g_queue_pop_head(&channel->queue)) != NULL)
        outgoing_free(out);
    fd_clear(&channel->fd);
}

void channel_free(Channel *channel)
{
    if (channel == NULL)
        return;
    channel_close(channel);
    channel_unref(channel);
}

static void channel_fail(Channel *channel, const GError *why)
{
    channel_close(channel);
    channel->handlers->closed(channel, why, channel->data);
}

/* Sending */

/* Called after a failure. The descriptors in flight of all processes of a user are limited to the number that
 * one process may have open (unix(7)). Receivers take theirs soon; until then the socket counts as full. */
static gboolean may_send_at_once(const Channel *channel)
{
    if (errno == EINTR)
        return TRUE;
    if (errno != ETOOMANYREFS)
        return FALSE;
    g_usleep(1000);
    errno = EAGAIN;
    return channel->context == NULL;
}

/* TRUE: sent, or the peer has closed its end and nobody will ever read it. FALSE: the socket is full. */
static gboolean outgoing_send(Channel *channel, const Outgoing *out)
{
    gsize size = 0;
    const void *bytes = out->payload != NULL ? g_bytes_get_data(out->payload, &size) : NULL;
    struct iovec iov[2] = {{(void *)&out->header, sizeof out->header}, {(void *)bytes, size}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    union {
        char space[CMSG_SPACE(sizeof(int) * RECEIVED_FDS)];
        struct cmsghdr align;
    } control;
    gssize n;

    if (out->fds != NULL && out->fds->count > 0) {
        gsize length = sizeof(int) * out->fds->count;
        struct cmsghdr *cmsg;

        memset(&control, 0, sizeof control);
        msg.msg_control = control.space;
        msg.msg_controllen = CMSG_SPACE(length);
        cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(length);
        memcpy(CMSG_DATA(cmsg), out->fds->fds, length);
    }
    do {
        n = sendmsg(channel->fd, &msg, MSG_NOSIGNAL | (channel->context != NULL ? MSG_DONTWAIT : 0));
    } while (n < 0 && may_send_at_once(channel));
    if (n < 0 && errno == EAGAIN)
        return FALSE;
    if (n < 0 && errno != EPIPE && errno != ECONNRESET)
        g_error("channel %s: sendmsg: %s", channel->protocol->name, g_strerror(errno));
    return TRUE;
}

static gboolean channel_writable(int fd, GIOCondition condition, void *data)
{
    Channel *channel = data;

    (void)fd;
    (void)condition;
    while (!g_queue_is_empty(&channel->queue)) {
        if (!outgoing_send(channel, g_queue_peek_head(&channel->queue)))
            return G_SOURCE_CONTINUE;
        outgoing_free(g_queue_pop_head(&channel->queue));
    }
    source_clear(&channel->writable);
    return G_SOURCE_REMOVE;
}

static GSource *channel_watch(Channel *channel, GIOCondition condition, GUnixFDSourceFunc func)
{
    GSource *source = g_unix_fd_source_new(channel->fd, condition);

    /* Otherwise GLib removes the descriptor from its poll during each dispatch, and wakes itself up for that:
     * three system calls. See channel_readable(). */
    g_source_set_can_recurse(source, TRUE);
    g_source_set_callback(source, G_SOURCE_FUNC(func), channel, NULL);
    g_source_attach(source, channel->context);
    return source;
}

/* Our own values always fit (LIMIT_MESSAGE_BYTES is checked where they are made), so a failure here is a bug,
 * or the machine is out of memory. */
static void outgoing_move_to_memory(Outgoing *out)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) blob = blob_new("message", LIMIT_MESSAGE_BYTES, &error);
    gsize size;
    const void *bytes = g_bytes_get_data(out->payload, &size);

    if (blob == NULL || !blob_append(blob, bytes, size, &error) || !blob_seal(blob, &error))
        g_error("message of %" G_GSIZE_FORMAT " bytes: %s", size, error->message);
    if (out->fds == NULL)
        out->fds = fd_list_new();
    fd_list_append(out->fds, fcntl(blob_fd(blob), F_DUPFD_CLOEXEC, 0));
    out->header.in_memory = 1;
    g_clear_pointer(&out->payload, g_bytes_unref);
}

void channel_send(Channel *channel, guint32 number, GVariant *payload, FdList *fds)
{
    MessageDirection outgoing = channel->incoming == MESSAGE_UP ? MESSAGE_DOWN : MESSAGE_UP;
    const MessageSpec *spec = message_find(channel->protocol, number, outgoing);
    g_autoptr(GVariant) value = g_variant_ref_sink(payload != NULL ? payload : g_variant_new("()"));
    Outgoing out = {.header = {.number = number}, .fds = fds};

    g_assert(spec != NULL && g_variant_is_of_type(value, G_VARIANT_TYPE(spec->type)));
    g_assert(fds == NULL || fds->count <= spec->max_fds);
    if (channel->fd < 0) {
        fd_list_free(fds);
        return;
    }
    out.payload = g_variant_get_data_as_bytes(value);
    if (g_bytes_get_size(out.payload) > INLINE_MAX_BYTES)
        outgoing_move_to_memory(&out);
    if (g_queue_is_empty(&channel->queue) && outgoing_send(channel, &out)) {
        outgoing_clear(&out);
        return;
    }
    g_queue_push_tail(&channel->queue, g_memdup2(&out, sizeof out));
    if (channel->writable == NULL)
        channel->writable = channel_watch(channel, G_IO_OUT, channel_writable);
}

guint channel_backlog(const Channel *channel)
{
    return channel->queue.length;
}

/* Receiving */

static void fds_from_control(struct msghdr *msg, FdList *list)
{
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL; cmsg = CMSG_NXTHDR(msg, cmsg)) {
        gsize n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
            continue;
        for (gsize i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof fd, sizeof fd);
            fd_list_append(list, fd);
        }
    }
}

static GBytes *payload_from_memory(FdList *fds, GError **error)
{
    int fd = fd_list_steal(fds, (gint32)fds->count - 1);
    g_autoptr(Blob) blob = NULL;

    if (fd < 0) {
        error_set(error, ERROR_INTERNAL, "message without its shared memory");
        return NULL;
    }
    fds->count--;
    blob = blob_adopt(fd, LIMIT_MESSAGE_BYTES, error);
    if (blob == NULL)
        return NULL;
    return g_bytes_new(blob_data(blob), blob_size(blob));
}

static gboolean channel_dispatch(Channel *channel, gsize size, FdList *fds, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GVariant) payload = NULL;
    const MessageSpec *spec;
    Header header;

    if (size < sizeof header) {
        error_set(error, ERROR_INTERNAL, "channel %s: message of %" G_GSIZE_FORMAT " bytes",
                  channel->protocol->name, size);
        return FALSE;
    }
    memcpy(&header, channel->buffer, sizeof header);
    spec = message_find(channel->protocol, header.number, channel->incoming);
    if (spec == NULL) {
        error_set(error, ERROR_INTERNAL, "channel %s: illegal message %u", channel->protocol->name,
                  header.number);
        return FALSE;
    }
    if (header.in_memory != 0)
        bytes = payload_from_memory(fds, error);
    else
        bytes = g_bytes_new(channel->buffer + sizeof header, size - sizeof header);
    if (bytes == NULL)
        return FALSE;
    payload = message_decode(spec, bytes, fds->count, error);
    if (payload == NULL)
        return FALSE;
    channel->handlers->message(channel, header.number, payload, fds, channel->data);
    return TRUE;
}

/* The kernel reports two cases alike: there were more descriptors than a message may carry, or this process
 * may not have any more. */
static void set_descriptors_lost(const Channel *channel, const FdList *fds, GError **error)
{
    if (fds->count == RECEIVED_FDS)
        error_set(error, ERROR_INTERNAL, "channel %s: oversized message", channel->protocol->name);
    else
        error_set(error, ERROR_TRANSIENT, "no file descriptor left for a message: %s", g_strerror(EMFILE));
}

typedef enum { RECEIVED, NOTHING, ENDED } ReceiveResult;

static ReceiveResult channel_receive(Channel *channel, gboolean wait)
{
    g_auto(FdList) fds; /* not initialized as a whole: the array is large, and this runs once per message */
    g_autoptr(GError) error = NULL;
    union {
        char space[CMSG_SPACE(sizeof(int) * RECEIVED_FDS)];
        struct cmsghdr align;
    } control;
    struct iovec iov = {channel->buffer, sizeof(Header) + INLINE_MAX_BYTES};
    struct msghdr msg = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control.space,
        /* not CMSG_SPACE: its padding would let in one descriptor more than the list holds */
        .msg_controllen = CMSG_LEN(sizeof(int) * RECEIVED_FDS)};
    gssize n;

    fds.count = 0;
    /* A peer that died with unread messages causes ECONNRESET once, before the messages that it had sent:
     * read on. */
    do {
        n = recvmsg(channel->fd, &msg, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0 && errno == EAGAIN)
        return NOTHING;
    if (n <= 0) {
        channel_fail(channel, NULL);
        return ENDED;
    }
    fds_from_control(&msg, &fds);
    if (msg.msg_flags & MSG_TRUNC)
        error_set(&error, ERROR_INTERNAL, "channel %s: oversized message", channel->protocol->name);
    else if (msg.msg_flags & MSG_CTRUNC)
        set_descriptors_lost(channel, &fds, &error);
    else if (channel_dispatch(channel, (gsize)n, &fds, &error))
        return channel->fd >= 0 ? RECEIVED : ENDED;
    channel_fail(channel, error);
    return ENDED;
}

static gboolean channel_readable(int fd, GIOCondition condition, void *data);

static void channel_receive_some(Channel *channel, guint most)
{
    gboolean outermost = !channel->receiving;

    channel->refs++;
    channel->receiving = TRUE;
    for (guint i = 0; channel->fd >= 0 && i < most; i++)
        if (channel_receive(channel, FALSE) != RECEIVED)
            break;
    if (outermost) {
        channel->receiving = FALSE;
        if (channel->fd >= 0 && channel->readable == NULL && channel->context != NULL)
            channel->readable = channel_watch(channel, G_IO_IN | G_IO_HUP, channel_readable);
    }
    channel_unref(channel);
}

static gboolean channel_readable(int fd, GIOCondition condition, void *data)
{
    Channel *channel = data;

    (void)fd;
    (void)condition;
    if (channel->receiving) { /* a handler runs the loop: nothing is received until the handler returns */
        source_clear(&channel->readable);
        return G_SOURCE_REMOVE;
    }
    channel_receive_some(channel, MESSAGES_PER_TURN);
    return G_SOURCE_CONTINUE;
}

void channel_drain(Channel *channel)
{
    channel_receive_some(channel, G_MAXUINT);
}

gboolean channel_read(Channel *channel)
{
    gboolean open;

    if (channel->fd < 0)
        return FALSE;
    channel->refs++;
    open = channel_receive(channel, TRUE) == RECEIVED;
    channel_unref(channel);
    return open;
}

Channel *channel_new(int fd, const Protocol *protocol, MessageDirection incoming, GMainContext *context,
                     const ChannelHandlers *handlers, void *data)
{
    Channel *channel = g_new0(Channel, 1);

    channel->refs = 1;
    channel->fd = fd;
    channel->protocol = protocol;
    channel->incoming = incoming;
    channel->handlers = handlers;
    channel->data = data;
    channel->buffer = g_malloc(sizeof(Header) + INLINE_MAX_BYTES);
    g_queue_init(&channel->queue);
    if (context != NULL) {
        channel->context = g_main_context_ref(context);
        channel->readable = channel_watch(channel, G_IO_IN | G_IO_HUP, channel_readable);
    }
    return channel;
}
