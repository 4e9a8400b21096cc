#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "ipc/channel.h"

enum { HELLO, FILES, WORLD };

static const MessageSpec specs[] = {
    [HELLO] = {"hello", MESSAGE_DOWN, "(s)", 0},
    [FILES] = {"files", MESSAGE_DOWN, "(uh)", 2},
    [WORLD] = {"world", MESSAGE_UP, "(ay)", 0},
};
static const Protocol protocol = {"test", specs, G_N_ELEMENTS(specs)};

typedef struct {
    guint messages;
    guint32 last;
    GVariant *payload;
    int fd;
    gboolean closed;
    GError *why;
} Seen;

static void on_message(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    Seen *seen = data;

    (void)channel;
    seen->messages++;
    seen->last = number;
    g_clear_pointer(&seen->payload, g_variant_unref);
    seen->payload = g_variant_ref(payload);
    seen->fd = fd_list_steal(fds, 0);
}

static void on_closed(Channel *channel, const GError *why, void *data)
{
    Seen *seen = data;

    (void)channel;
    cr_assert_not(seen->closed, "closed is told once");
    seen->closed = TRUE;
    seen->why = why != NULL ? g_error_copy(why) : NULL;
}

static const ChannelHandlers handlers = {on_message, on_closed};

static void seen_clear(Seen *seen)
{
    g_clear_pointer(&seen->payload, g_variant_unref);
    g_clear_error(&seen->why);
    if (seen->fd > 0)
        close(seen->fd);
}

static guint open_fds(void)
{
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir) != NULL)
        n++;
    g_dir_close(dir);
    return n;
}

/* Returns a channel that receives what is sent to the raw end. */
static Channel *listening(int *ret_raw, Seen *seen)
{
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    *ret_raw = fds[0];
    return channel_new(fds[1], &protocol, MESSAGE_DOWN, NULL, &handlers, seen);
}

Test(channel, carries_messages_both_ways_on_a_loop)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Seen down = {0}, up = {0};
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    {
        g_autoptr(Channel) parent = channel_new(fds[0], &protocol, MESSAGE_UP, context, &handlers, &up);
        g_autoptr(Channel) child = channel_new(fds[1], &protocol, MESSAGE_DOWN, context, &handlers, &down);

        channel_send(parent, HELLO, g_variant_new("(s)", "there"), NULL);
        channel_send(child, WORLD, g_variant_new_parsed("([byte 1, 2],)"), NULL);
        while (down.messages == 0 || up.messages == 0)
            g_main_context_iteration(context, TRUE);
        cr_assert_eq(down.last, HELLO);
        cr_assert_eq(up.last, WORLD);
        channel_close(parent);
        while (!down.closed)
            g_main_context_iteration(context, TRUE);
        cr_assert_null(down.why, "end of file is no error");
    }
    seen_clear(&down);
    seen_clear(&up);
}

Test(channel, queues_what_the_socket_cannot_take)
{
    enum { MANY = 5000 };
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autofree char *text = g_strnfill(1000, 'x');
    Seen down = {0}, up = {0};
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    {
        g_autoptr(Channel) parent = channel_new(fds[0], &protocol, MESSAGE_UP, context, &handlers, &up);
        g_autoptr(Channel) child = channel_new(fds[1], &protocol, MESSAGE_DOWN, context, &handlers, &down);

        for (int i = 0; i < MANY; i++)
            channel_send(parent, HELLO, g_variant_new("(s)", text), NULL);
        cr_assert_gt(channel_backlog(parent), 0u);
        while (down.messages < MANY)
            g_main_context_iteration(context, TRUE);
        cr_assert_eq(channel_backlog(parent), 0u);
        cr_assert_not(down.closed);
        channel_close(child);
    }
    seen_clear(&down);
}

Test(channel, large_payloads_travel_in_memory_and_leak_no_descriptor)
{
    g_autofree char *text = g_strnfill(3 << 20, 'y');
    guint before = open_fds();
    Seen seen = {0}, none = {0};
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    {
        g_autoptr(Channel) parent = channel_new(fds[0], &protocol, MESSAGE_UP, NULL, &handlers, &none);
        g_autoptr(Channel) child = channel_new(fds[1], &protocol, MESSAGE_DOWN, NULL, &handlers, &seen);
        const char *got;

        channel_send(parent, HELLO, g_variant_new("(s)", text), NULL);
        cr_assert(channel_read(child));
        g_variant_get(seen.payload, "(&s)", &got);
        cr_assert_str_eq(got, text);
    }
    seen_clear(&seen);
    cr_assert_eq(open_fds(), before);
}

Test(channel, descriptors_arrive_and_untaken_ones_are_closed)
{
    guint before = open_fds();
    Seen seen = {0}, none = {0};
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    {
        g_autoptr(Channel) parent = channel_new(fds[0], &protocol, MESSAGE_UP, NULL, &handlers, &none);
        g_autoptr(Channel) child = channel_new(fds[1], &protocol, MESSAGE_DOWN, NULL, &handlers, &seen);
        FdList *list = fd_list_new();

        fd_list_append(list, open("/dev/null", O_RDONLY | O_CLOEXEC));
        fd_list_append(list, open("/dev/zero", O_RDONLY | O_CLOEXEC));
        channel_send(parent, FILES, g_variant_new("(uh)", 7, 0), list);
        cr_assert(channel_read(child));
        cr_assert_geq(seen.fd, 0);
        cr_assert(fcntl(seen.fd, F_GETFD) & FD_CLOEXEC);
    }
    seen_clear(&seen);
    cr_assert_eq(open_fds(), before);
}

static void refuses(const void *bytes, size_t size, const char *what)
{
    Seen seen = {0};
    int raw;
    g_autoptr(Channel) channel = listening(&raw, &seen);

    cr_assert_eq(send(raw, bytes, size, 0), (ssize_t)size);
    cr_assert_not(channel_read(channel), "%s", what);
    cr_assert(seen.closed, "%s", what);
    cr_assert_not_null(seen.why, "%s", what);
    cr_assert_eq(error_class(seen.why), ERROR_INTERNAL);
    cr_assert_eq(seen.messages, 0u);
    close(raw);
    seen_clear(&seen);
}

Test(channel, illegal_messages_close_it_before_a_handler_sees_them)
{
    guint32 unknown[] = {99, 0, 0}, wrong_way[] = {WORLD, 0, 0}, no_memory[] = {HELLO, 1};
    char not_text[] = {0, 0, 0, 0, 0, 0, 0, 0, 'x', 'y', 'z'};
    guint32 empty[] = {HELLO, 0};

    refuses("abc", 3, "shorter than a header");
    refuses(unknown, sizeof unknown, "unknown number");
    refuses(wrong_way, sizeof wrong_way, "wrong direction");
    refuses(no_memory, sizeof no_memory, "memory that did not come");
    refuses(not_text, sizeof not_text, "a string without its end");
    refuses(empty, sizeof empty, "no payload where one belongs");
}

Test(channel, oversized_message_closes_it)
{
    g_autofree char *big = g_malloc0(100 << 10);

    refuses(big, 100 << 10, "larger than any message");
}

Test(channel, uninvited_descriptors_close_it_and_are_closed)
{
    guint before = open_fds();
    Seen seen = {0};
    int raw;
    {
        g_autoptr(Channel) channel = listening(&raw, &seen);
        char text[16] = {HELLO, 0, 0, 0, 0, 0, 0, 0, 'h', 0};
        struct iovec iov = {text, 10};
        char control[CMSG_SPACE(sizeof(int))] = {0};
        struct msghdr msg = {
            .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &raw, sizeof raw);
        cr_assert_gt(sendmsg(raw, &msg, 0), 0);
        cr_assert_not(channel_read(channel));
        cr_assert_not_null(seen.why);
        close(raw);
    }
    seen_clear(&seen);
    cr_assert_eq(open_fds(), before);
}

/* Sends more descriptors than the message may have: some are lost in transit, and the rest must be closed. */
static void refuses_fds(guint count)
{
    guint before = open_fds();
    Seen seen = {0};
    int raw;
    {
        g_autoptr(Channel) channel = listening(&raw, &seen);
        char text[16] = {FILES, 0};
        char control[CMSG_SPACE(sizeof(int) * 200)] = {0};
        struct iovec iov = {text, sizeof text};
        struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control};
        struct cmsghdr *cmsg;

        msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int) * count);
        for (guint i = 0; i < count; i++)
            memcpy(CMSG_DATA(cmsg) + i * sizeof raw, &raw, sizeof raw);
        cr_assert_gt(sendmsg(raw, &msg, 0), 0);
        cr_assert_not(channel_read(channel), "%u", count);
        cr_assert_not_null(seen.why, "%u", count);
        close(raw);
    }
    seen_clear(&seen);
    cr_assert_eq(open_fds(), before, "%u", count);
}

Test(channel, a_flood_of_descriptors_closes_it)
{
    refuses_fds(3);
    refuses_fds(64);
    refuses_fds(65);
    refuses_fds(66);
    refuses_fds(70);
    refuses_fds(200);
}

Test(channel, what_was_said_before_death_is_heard)
{
    Seen seen = {0};
    int raw;
    g_autoptr(Channel) channel = listening(&raw, &seen);
    char text[16] = {HELLO, 0, 0, 0, 0, 0, 0, 0, 'h', 0};

    /* the raw end is closed with an unread message in its queue: ECONNRESET comes first */
    channel_send(channel, WORLD, g_variant_new_parsed("(@ay [],)"), NULL);
    cr_assert_eq(send(raw, text, 10, 0), 10);
    cr_assert_eq(send(raw, text, 10, 0), 10);
    close(raw);
    channel_drain(channel);
    cr_assert_eq(seen.messages, 2u);
    cr_assert(seen.closed);
    cr_assert_null(seen.why);
    seen_clear(&seen);
}

static guint depth, deepest, heard;

/* A handler that awaits something by running the loop. */
static void on_message_iterate(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    (void)channel;
    (void)number;
    (void)payload;
    (void)fds;
    heard++;
    depth++;
    deepest = MAX(deepest, depth);
    for (int i = 0; i < 3; i++)
        g_main_context_iteration(data, FALSE);
    depth--;
}

Test(channel, a_handler_that_runs_the_loop_is_not_entered_again)
{
    static const ChannelHandlers iterating = {on_message_iterate, on_closed};
    g_autoptr(GMainContext) context = g_main_context_new();
    int pair[2];

    cr_assert(channel_pair(pair, NULL));
    {
        g_autoptr(Channel) up = channel_new(pair[0], &protocol, MESSAGE_UP, NULL, &handlers, NULL);
        Channel *down = channel_new(pair[1], &protocol, MESSAGE_DOWN, context, &iterating, context);

        for (int i = 0; i < 5; i++)
            channel_send(up, HELLO, g_variant_new("(s)", "again"), NULL);
        while (heard < 5)
            g_main_context_iteration(context, TRUE);
        channel_send(up, HELLO, g_variant_new("(s)", "later"), NULL);
        while (heard < 6)
            g_main_context_iteration(context, TRUE);
        cr_assert_eq(deepest, 1u);
        channel_free(down);
    }
}

static FdList *two_fds(void)
{
    FdList *fds = fd_list_new();

    for (guint i = 0; i < 2; i++)
        fd_list_append(fds, fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    return fds;
}

/* The sender is not to blame, and the same message may succeed when fewer descriptors are open. */
Test(channel, descriptors_for_which_there_is_no_room_are_a_passing_failure)
{
    const struct rlimit files = {open_fds() + 6, open_fds() + 6};
    g_autoptr(Channel) channel = NULL;
    Seen seen = {0}, up = {0};
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    {
        g_autoptr(Channel) parent = channel_new(fds[0], &protocol, MESSAGE_UP, NULL, &handlers, &up);

        channel_send(parent, FILES, g_variant_new("(uh)", 0, 0), two_fds());
    }
    channel = channel_new(fds[1], &protocol, MESSAGE_DOWN, NULL, &handlers, &seen);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    while (dup(STDERR_FILENO) >= 0)
        continue;
    cr_assert_not(channel_read(channel));
    cr_assert(seen.closed && seen.messages == 0);
    cr_assert_eq(error_class(seen.why), ERROR_TRANSIENT, "%s", seen.why->message);
    seen_clear(&seen);
}

/* The kernel counts the descriptors in transit of all processes of a user (ETOOMANYREFS), but not root's. */
Test(channel, too_many_descriptors_on_their_way_wait)
{
    enum { MANY = 40 };
    const struct rlimit files = {40, 40};
    g_autoptr(GMainContext) context = g_main_context_new();
    Seen down = {0}, up = {0};
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    if (geteuid() == 0)
        cr_assert_eq(setresuid(65533, 65533, 65533), 0);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    {
        g_autoptr(Channel) parent = channel_new(fds[0], &protocol, MESSAGE_UP, context, &handlers, &up);
        g_autoptr(Channel) child = NULL;

        for (guint i = 0; i < MANY && channel_backlog(parent) == 0; i++)
            channel_send(parent, FILES, g_variant_new("(uh)", i, 0), two_fds());
        cr_assert_gt(channel_backlog(parent), 0, "all of them could be sent");
        child = channel_new(fds[1], &protocol, MESSAGE_DOWN, context, &handlers, &down);
        while (channel_backlog(parent) > 0)
            g_main_context_iteration(context, TRUE);
        cr_assert_not(up.closed || down.closed);
    }
    seen_clear(&down);
}
