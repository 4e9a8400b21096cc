/* Loads several URLs in threads. All are started before the first is joined, so that it takes as long as the
 * slowest of them. Needs libcurl.
 *
 *   load_urls URL... */
#include <curl/curl.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/thread.h"

#define LOAD_TIMEOUT_S 30L

/* A thread's input and output: only the thread uses it between start and join. */
typedef struct {
    const char *url;
    gsize size_bytes;
    GError *error;
} Load;

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    Load *load = user;

    (void)data;
    load->size_bytes += size * count;
    return size * count;
}

static void load_url(void *args)
{
    Load *load = args;
    CURL *easy = curl_easy_init();
    CURLcode code = CURLE_FAILED_INIT;

    if (easy != NULL) {
        curl_easy_setopt(easy, CURLOPT_URL, load->url);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, LOAD_TIMEOUT_S);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, load);
        code = curl_easy_perform(easy);
    }
    if (code != CURLE_OK)
        error_set(&load->error, ERROR_TRANSIENT, "%s", curl_easy_strerror(code));
    curl_easy_cleanup(easy);
}

static gboolean report(const Load *load)
{
    if (load->error != NULL)
        printf("%s: %s\n", load->url, load->error->message);
    else
        printf("%s: %" G_GSIZE_FORMAT " bytes\n", load->url, load->size_bytes);
    return load->error == NULL;
}

int main(int argc, char **argv)
{
    guint n = (guint)argc - 1;
    g_autofree Load *loads = g_new0(Load, n);
    g_autoptr(GPtrArray) threads = g_ptr_array_new_with_free_func((GDestroyNotify)thread_free);
    int status = 0;

    if (n == 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "usage: load_urls URL...\n");
        return 2;
    }
    for (guint i = 0; i < n; i++) {
        Thread *thread = thread_new(NULL, FALSE, load_url, &loads[i]);

        loads[i].url = argv[i + 1];
        g_ptr_array_add(threads, thread);
        (void)thread_start(thread, &loads[i].error);
    }
    for (guint i = 0; i < n; i++) {
        (void)thread_join(threads->pdata[i], CLOCK_FOREVER, NULL); /* fails only if the start has failed */
        if (!report(&loads[i]))
            status = 1;
        g_clear_error(&loads[i].error);
    }
    curl_global_cleanup();
    return status;
}
