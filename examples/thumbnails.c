/* A thumbnail maker. Downloads are transfers on the loop, all concurrent and without a thread; the CPU-bound
 * work, decoding and resizing, is a task of a process executor; and the steps for one image are a task of the
 * loop that reads from top to bottom. An image that is unavailable or broken fails alone.
 * Needs libcurl, vips.
 *
 *   thumbnails DIRECTORY URL...      writes DIRECTORY/1.jpg for the first URL, and so on */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <vips/vips.h>

#include "base/blob.h"
#include "base/clock.h"
#include "base/cpus.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/loop_executor.h"
#include "concurrent/process_executor.h"
#include "concurrent/task.h"

#define THUMBNAIL_PIXELS   128
#define SOURCE_BYTES       (64u << 20)
#define DOWNLOAD_TIMEOUT_S 60L
#define MAX_CONNECTIONS    16L
#define RESIZE_TIMEOUT_US  (30 * CLOCK_US_PER_S)

/* The child: receives bytes, returns a thumbnail. */

static gboolean start_vips(Child *child, GVariant *args, void *data, GError **error)
{
    (void)child;
    (void)args;
    (void)data;
    if (vips_init("thumbnails") != 0) {
        error_set(error, ERROR_INTERNAL, "libvips: %s", vips_error_buffer());
        return FALSE;
    }
    vips_block_untrusted_set(TRUE);
    vips_cache_set_max(0);
    vips_concurrency_set(1); /* the processes provide the parallelism */
    return TRUE;
}

static void stop_vips(void *data)
{
    (void)data;
    vips_shutdown();
}

/* The only place where libvips' error buffer becomes an error: uses its first line. */
static GVariant *refuse(GError **error)
{
    g_autofree char *text = vips_error_buffer_copy();

    error_set(error, ERROR_INPUT, "%.*s", (int)strcspn(text, "\n"), text);
    return NULL;
}

/* vips_thumbnail_buffer() is faster, but not used here (ENGINE_THUMBNAIL_TAKES_HALF). */
static GVariant *shrink(const Blob *source, GError **error)
{
    VipsImage *image =
        vips_image_new_from_buffer(blob_data(source), blob_size(source), "", "access", VIPS_ACCESS_SEQUENTIAL,
                                   "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
    VipsImage *small = NULL;
    void *bytes = NULL;
    gsize size_bytes;

    if (image == NULL)
        return refuse(error);
    if (vips_thumbnail_image(image, &small, THUMBNAIL_PIXELS, "size", VIPS_SIZE_DOWN, NULL) == 0) {
        (void)vips_jpegsave_buffer(small, &bytes, &size_bytes, "strip", TRUE, NULL); /* or bytes is NULL */
        g_object_unref(small);
    }
    g_object_unref(image);
    if (bytes == NULL)
        return refuse(error);
    return g_variant_new_from_data(G_VARIANT_TYPE_BYTESTRING, bytes, size_bytes, TRUE, g_free, bytes);
}

static void thumbnail(Call *call, GVariant *args, FdList *fds, void *data)
{
    GError *error = NULL;
    g_autoptr(Blob) source = blob_adopt(fd_list_steal(fds, g_variant_get_handle(args)), SOURCE_BYTES, &error);
    GVariant *jpeg = source != NULL ? shrink(source, &error) : NULL;

    (void)data;
    if (jpeg != NULL)
        call_return(call, jpeg, NULL);
    else
        call_fail(call, error);
}

/* Downloads: libcurl says which sockets and which timeout it waits for, and the loop does the waiting. */

typedef struct {
    Loop *loop;
    CURLM *multi;
    guint64 alarm; /* the call that is due at libcurl's timeout, or 0 */
} Downloads;

typedef struct {
    Future *future;
    Blob *blob;
    GError *error;
} Download;

/* The result is a handle: the bytes are sealed memory, which can be sent to another process as it is. */
static gboolean download_succeed(Download *download)
{
    FdList *fds;
    int fd;

    if (!blob_seal(download->blob, &download->error))
        return FALSE;
    fd = fcntl(blob_fd(download->blob), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        error_set_errno(&download->error, ERROR_INTERNAL, errno, "duplicating a descriptor");
        return FALSE;
    }
    fds = fd_list_new();
    future_set_result(download->future, g_variant_new_handle(fd_list_append(fds, fd)), fds);
    return TRUE;
}

static void download_end(Download *download, CURLcode code)
{
    if (code != CURLE_OK && download->error == NULL)
        error_set(&download->error, ERROR_TRANSIENT, "%s", curl_easy_strerror(code));
    if (download->error != NULL || !download_succeed(download))
        future_set_exception(download->future, download->error);
    future_unref(download->future);
    blob_unref(download->blob);
    g_free(download);
}

static void downloads_act(Downloads *downloads, curl_socket_t socket)
{
    CURLMsg *message;
    int count;

    (void)curl_multi_socket_action(downloads->multi, socket, 0, &count);
    while ((message = curl_multi_info_read(downloads->multi, &count)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        Download *download = NULL;

        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&download);
        (void)curl_multi_remove_handle(downloads->multi, easy); /* also frees the message */
        curl_easy_cleanup(easy);
        download_end(download, code);
    }
}

static gboolean on_ready(int fd, GIOCondition condition, void *data)
{
    (void)condition;
    downloads_act(data, fd);
    return G_SOURCE_CONTINUE;
}

static void on_alarm(void *data)
{
    Downloads *downloads = data;

    downloads->alarm = 0;
    downloads_act(downloads, CURL_SOCKET_TIMEOUT);
}

/* libcurl keeps a GSource for each of its sockets. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *assigned)
{
    Downloads *downloads = data;
    GIOCondition condition = (what & CURL_POLL_IN ? G_IO_IN : 0) | (what & CURL_POLL_OUT ? G_IO_OUT : 0);
    GSource *source = NULL;

    (void)easy;
    if (assigned != NULL) {
        g_source_destroy(assigned);
        g_source_unref(assigned);
    }
    if (what != CURL_POLL_REMOVE) {
        source = g_unix_fd_source_new(fd, condition);
        g_source_set_callback(source, G_SOURCE_FUNC(on_ready), downloads, NULL);
        g_source_attach(source, loop_context(downloads->loop));
    }
    (void)curl_multi_assign(downloads->multi, fd, source);
    return 0;
}

static int set_alarm(CURLM *multi, long timeout_ms, void *data)
{
    Downloads *downloads = data;

    (void)multi;
    if (downloads->alarm != 0)
        (void)loop_cancel_call(downloads->loop, downloads->alarm);
    downloads->alarm = 0;
    if (timeout_ms >= 0)
        downloads->alarm =
            loop_call_later(downloads->loop, timeout_ms * CLOCK_US_PER_MS, on_alarm, downloads, NULL, NULL);
    return 0;
}

static gboolean downloads_init(Downloads *downloads, Loop *loop)
{
    downloads->loop = loop;
    downloads->alarm = 0;
    downloads->multi = curl_multi_init();
    if (downloads->multi == NULL)
        return FALSE;
    (void)curl_multi_setopt(downloads->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    (void)curl_multi_setopt(downloads->multi, CURLMOPT_SOCKETDATA, downloads);
    (void)curl_multi_setopt(downloads->multi, CURLMOPT_TIMERFUNCTION, set_alarm);
    (void)curl_multi_setopt(downloads->multi, CURLMOPT_TIMERDATA, downloads);
    (void)curl_multi_setopt(downloads->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, MAX_CONNECTIONS);
    return TRUE;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    Download *download = user;

    /* any other value makes libcurl abort */
    return blob_append(download->blob, data, size * count, &download->error) ? size * count : 0;
}

/* Returns a future, owned by the caller. */
static Future *download(Downloads *downloads, const char *url)
{
    Download *download = g_new0(Download, 1);
    Future *future = download->future = loop_create_future(downloads->loop);
    CURL *easy = curl_easy_init();

    future_ref(future);
    (void)future_begin(future);
    download->blob = blob_new("source", SOURCE_BYTES, &download->error);
    if (easy == NULL || download->blob == NULL) {
        curl_easy_cleanup(easy);
        download_end(download, CURLE_OUT_OF_MEMORY);
        return future;
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, DOWNLOAD_TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, download);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, download);
    (void)curl_multi_add_handle(downloads->multi, easy); /* starts in the loop's next iteration */
    return future;
}

/* The steps for one image, from top to bottom. */

typedef struct {
    const char *url;
    char *path;
    Downloads *downloads;
    Executor *resizer;
    Future *future; /* the task's */
} Picture;

static GVariant *make_thumbnail(void *arg, GError **error)
{
    const Picture *picture = arg;
    g_autoptr(Future) source = download(picture->downloads, picture->url);
    g_autoptr(Future) resized = NULL;
    GVariant *handle = await(source, error);
    GVariant *jpeg;

    if (handle == NULL)
        return NULL;
    resized = loop_run_in_executor(loop_get(), picture->resizer, "thumbnail", handle,
                                   future_steal_fds(source), error);
    jpeg = resized != NULL ? await(resized, error) : NULL;
    if (jpeg == NULL || !g_file_set_contents(picture->path, g_variant_get_data(jpeg),
                                             (gssize)g_variant_get_size(jpeg), error))
        return NULL;
    return g_variant_new_uint64(g_variant_get_size(jpeg));
}

/* Begins all images before waiting for the first, and reports them in their order. Returns the exit
 * status. */
static int make_thumbnails(Downloads *downloads, Executor *resizer, const char *directory, char **urls)
{
    guint n = g_strv_length(urls);
    g_autofree Picture *pictures = g_new0(Picture, n);
    int status = 0;

    for (guint i = 0; i < n; i++) {
        pictures[i] = (Picture){.url = urls[i],
                                .path = g_strdup_printf("%s/%u.jpg", directory, i + 1),
                                .downloads = downloads,
                                .resizer = resizer};
        pictures[i].future = task_new(downloads->loop, make_thumbnail, &pictures[i]);
    }
    for (guint i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        GVariant *size = loop_run_until_complete(downloads->loop, pictures[i].future, &error);

        if (size != NULL)
            printf("%s: %s, %" G_GUINT64_FORMAT " bytes\n", urls[i], pictures[i].path,
                   g_variant_get_uint64(size));
        else
            printf("%s: %s\n", urls[i], error->message);
        if (size == NULL)
            status = 1;
    }
    for (guint i = 0; i < n; i++) {
        future_unref(pictures[i].future);
        g_free(pictures[i].path);
    }
    return status;
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{"thumbnail", "h", thumbnail}};
    static const ChildOptions child = {
        .initializer = start_vips, .finalizer = stop_vips, .table = {targets, G_N_ELEMENTS(targets), NULL}};
    static const char *const env[] = {"VIPS_WARNING=0", NULL}; /* if set, libvips prints none */
    const ProcessExecutorOptions options = {.name = "resizer",
                                            .env = env,
                                            .max_workers = cpus_available(),
                                            .tasks_in_flight = 1,
                                            .task_timeout_us = RESIZE_TIMEOUT_US};
    g_autoptr(Executor) resizer = NULL;
    Downloads downloads;
    int status;

    if (child_serve_if_spawned(argc, argv, &child, &status))
        return status;
    if (argc < 3) {
        fprintf(stderr, "usage: thumbnails DIRECTORY URL...\n");
        return 2;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !downloads_init(&downloads, loop_get())) {
        fprintf(stderr, "libcurl cannot be set up\n");
        return 1;
    }
    resizer = process_executor_base(process_executor_new(&options, loop_context(downloads.loop)));
    status = make_thumbnails(&downloads, resizer, argv[1], argv + 2);
    executor_shutdown(resizer, TRUE, FALSE);
    (void)curl_multi_cleanup(downloads.multi);
    curl_global_cleanup();
    (void)loop_close(downloads.loop, NULL);
    return status;
}
