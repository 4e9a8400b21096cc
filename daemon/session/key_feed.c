#include "daemon/session/key_feed.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/timer.h"
#include "config/location.h"

#define READ_BYTES ((gsize)16 << 10)

struct KeyFeed {
    KeySource *source;
    Location location; /* of source.url */
    KeyList *list;
    GMainContext *context;
    int fd;             /* -1 before the start and after the end */
    GString *out;       /* keys that have not been sent, each followed by NUL */
    gsize sent;         /* bytes of out */
    GSource *readable;  /* the source is waited for; it is not while out has something */
    GSource *writable;  /* the supervisor is waited for */
    Timer *next;        /* for sources that need not be waited for */
    gboolean is_at_end; /* of the source */
    gboolean has_failed;
    guint64 invalid, outside;
};

static void destroy(GSource **source)
{
    if (*source != NULL)
        g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

/* The list */

static void on_key(const char *key, void *data)
{
    KeyFeed *feed = data;

    g_string_append_len(feed->out, key, (gssize)strlen(key) + 1);
}

static void on_left_out(void *data)
{
    ((KeyFeed *)data)->outside++;
}

static void on_problem(guint64 line, const char *reason, void *data)
{
    KeyFeed *feed = data;
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, line);

    if (feed->invalid++ < KEY_FEED_MAX_NAMED)
        log_event(LOG_WARNING, "a line of the list is no key", "line", number, "list", feed->source->name,
                  "reason", reason, NULL);
    else if (feed->invalid == KEY_FEED_MAX_NAMED + 1)
        log_event(LOG_WARNING, "further lines that are no keys are not logged", "list", feed->source->name,
                  NULL);
}

/* Sending */

static void go_on(KeyFeed *feed);

static void finish(KeyFeed *feed)
{
    destroy(&feed->readable);
    destroy(&feed->writable);
    timer_unset(feed->next);
    fd_clear(&feed->fd);
}

/* FALSE if the supervisor has ended, or no longer wants keys. */
static gboolean send_some(KeyFeed *feed)
{
    const ssize_t n =
        send(feed->fd, feed->out->str + feed->sent, feed->out->len - feed->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    feed->sent += (gsize)n;
    if (feed->sent == feed->out->len) {
        g_string_truncate(feed->out, 0);
        feed->sent = 0;
    }
    return TRUE;
}

static gboolean on_writable(int fd, GIOCondition condition, void *data)
{
    KeyFeed *feed = data;

    (void)fd;
    (void)condition;
    destroy(&feed->writable);
    if (send_some(feed))
        go_on(feed);
    else
        finish(feed);
    return G_SOURCE_REMOVE;
}

static void read_some(KeyFeed *feed)
{
    g_autofree char *buffer = g_malloc(READ_BYTES);
    g_autoptr(GError) error = NULL;
    const gssize n = feed->source->read(feed->source, buffer, READ_BYTES, &error);

    if (n > 0) {
        key_list_add(feed->list, buffer, (gsize)n);
    } else if (n == 0) {
        key_list_end(feed->list);
        feed->is_at_end = TRUE;
    } else {
        log_event(LOG_ERROR, "cannot read the list of keys: the rest of it is left out", "list",
                  feed->source->name, "reason", error->message, NULL);
        feed->is_at_end = feed->has_failed = TRUE;
    }
    go_on(feed);
}

static gboolean on_readable(int fd, GIOCondition condition, void *data)
{
    KeyFeed *feed = data;

    (void)fd;
    (void)condition;
    destroy(&feed->readable);
    read_some(feed);
    return G_SOURCE_REMOVE;
}

static void on_next(void *data)
{
    read_some(data);
}

static GSource *watch(const KeyFeed *feed, int fd, GIOCondition condition, GUnixFDSourceFunc func)
{
    GSource *source = g_unix_fd_source_new(fd, condition | G_IO_HUP | G_IO_ERR);

    g_source_set_callback(source, G_SOURCE_FUNC(func), (void *)feed, NULL);
    g_source_attach(source, feed->context);
    return source;
}

static void go_on(KeyFeed *feed)
{
    if (feed->out->len > 0)
        feed->writable = watch(feed, feed->fd, G_IO_OUT, on_writable);
    else if (feed->is_at_end)
        finish(feed);
    else if (feed->source->fd >= 0)
        feed->readable = watch(feed, feed->source->fd, G_IO_IN, on_readable);
    else
        timer_set(feed->next, clock_now_us());
}

/* Beginning and end */

KeyFeed *key_feed_new(const Config *config, KeySource *source)
{
    KeyFeed *feed = g_new0(KeyFeed, 1);

    feed->source = source;
    feed->fd = -1;
    feed->out = g_string_new(NULL);
    (void)location_parse(config->source.url, &feed->location, NULL); /* it was checked */
    feed->list = key_list_new(&(KeyListOptions){.form = source->form,
                                                .columns = source->columns,
                                                .bucket = feed->location.bucket,
                                                .prefix = feed->location.prefix,
                                                .is_utf8 = feed->location.kind == LOCATION_S3,
                                                .on_key = on_key,
                                                .on_left_out = on_left_out,
                                                .on_problem = on_problem,
                                                .data = feed});
    return feed;
}

const char *key_feed_name(const KeyFeed *feed)
{
    return feed->source->name;
}

int key_feed_start(KeyFeed *feed, GMainContext *context, GError **error)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "list of keys");
        return -1;
    }
    feed->fd = ends[0];
    feed->context = g_main_context_ref(context);
    feed->next = timer_new(context, on_next, feed);
    go_on(feed);
    return ends[1];
}

guint64 key_feed_invalid(const KeyFeed *feed)
{
    return feed->invalid;
}

guint64 key_feed_outside(const KeyFeed *feed)
{
    return feed->outside;
}

gboolean key_feed_has_failed(const KeyFeed *feed)
{
    return feed->has_failed;
}

void key_feed_free(KeyFeed *feed)
{
    if (feed == NULL)
        return;
    finish(feed);
    timer_free(feed->next);
    key_list_free(feed->list);
    key_source_free(feed->source);
    location_clear(&feed->location);
    g_string_free(feed->out, TRUE);
    if (feed->context != NULL)
        g_main_context_unref(feed->context);
    g_free(feed);
}
