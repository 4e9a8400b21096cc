#include "s3/http/curl_loop.h"

#include "base/clock.h"
#include "base/timer.h"

struct CurlLoop {
    GMainContext *context;
    CURLM *multi;
    Timer *timer;
    CurlLoopDone done;
    void *data;
    guint acting; /* active calls of loop_act() */
    gboolean is_closing;
};

/* One per socket that libcurl watches. */
typedef struct {
    GSource source;
    CurlLoop *loop;
    curl_socket_t socket;
    void *tag;
} SocketSource;

static void loop_report(CurlLoop *loop)
{
    CURLMsg *message;
    int left;

    while (!loop->is_closing && (message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        /* Copied: the message is gone once the handle is removed. */
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;

        if (message->msg == CURLMSG_DONE)
            loop->done(easy, code, loop->data);
    }
}

static void loop_destroy(CurlLoop *loop)
{
    (void)curl_multi_cleanup(loop->multi);
    timer_free(loop->timer);
    g_main_context_unref(loop->context);
    g_free(loop);
}

/* A CurlLoopDone may free the loop while this runs; the loop is then destroyed here, at the end. */
static void loop_act(CurlLoop *loop, curl_socket_t socket, int events)
{
    int running = 0;

    if (loop->is_closing)
        return;
    loop->acting++;
    (void)curl_multi_socket_action(loop->multi, socket, events, &running);
    loop_report(loop);
    if (--loop->acting == 0 && loop->is_closing)
        loop_destroy(loop);
}

static gboolean socket_dispatch(GSource *source, GSourceFunc callback, void *data)
{
    SocketSource *watch = (SocketSource *)source;
    GIOCondition condition = g_source_query_unix_fd(source, watch->tag);
    int events = 0;

    (void)callback;
    (void)data;
    if (condition & (G_IO_IN | G_IO_HUP))
        events |= CURL_CSELECT_IN;
    if (condition & G_IO_OUT)
        events |= CURL_CSELECT_OUT;
    if (condition & (G_IO_ERR | G_IO_NVAL))
        events |= CURL_CSELECT_ERR;
    loop_act(watch->loop, watch->socket, events);
    return G_SOURCE_CONTINUE;
}

static GIOCondition wanted_condition(int what)
{
    switch (what) {
    case CURL_POLL_IN: return G_IO_IN;
    case CURL_POLL_OUT: return G_IO_OUT;
    default: return G_IO_IN | G_IO_OUT;
    }
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *data, void *assigned)
{
    static GSourceFuncs funcs = {.dispatch = socket_dispatch};
    CurlLoop *loop = data;
    SocketSource *watch = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            g_source_destroy(&watch->source);
            g_source_unref(&watch->source);
            (void)curl_multi_assign(loop->multi, socket, NULL);
        }
        return 0;
    }
    if (watch != NULL) {
        g_source_modify_unix_fd(&watch->source, watch->tag, wanted_condition(what));
        return 0;
    }
    watch = (SocketSource *)g_source_new(&funcs, sizeof *watch);
    watch->loop = loop;
    watch->socket = socket;
    watch->tag = g_source_add_unix_fd(&watch->source, socket, wanted_condition(what));
    g_source_attach(&watch->source, loop->context);
    (void)curl_multi_assign(loop->multi, socket, watch);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *data)
{
    CurlLoop *loop = data;

    (void)multi;
    if (loop->is_closing)
        return 0;
    if (timeout_ms < 0)
        timer_unset(loop->timer);
    else
        timer_set(loop->timer, clock_now_us() + timeout_ms * CLOCK_US_PER_MS);
    return 0;
}

static void timer_fired(void *data)
{
    loop_act(data, CURL_SOCKET_TIMEOUT, 0);
}

CurlLoop *curl_loop_new(GMainContext *context, CurlLoopDone done, void *data)
{
    CURLM *multi = curl_multi_init();
    CurlLoop *loop;

    if (multi == NULL)
        return NULL;
    loop = g_new0(CurlLoop, 1);
    loop->context = g_main_context_ref(context);
    loop->multi = multi;
    loop->timer = timer_new(context, timer_fired, loop);
    loop->done = done;
    loop->data = data;
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, loop);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, loop);
    return loop;
}

CURLM *curl_loop_multi(const CurlLoop *loop)
{
    return loop->multi;
}

void curl_loop_free(CurlLoop *loop)
{
    if (loop == NULL)
        return;
    loop->is_closing = TRUE;
    if (loop->acting == 0)
        loop_destroy(loop);
}
