/* Loads two pages through a thread executor. Each submit returns a future at once; a failure stays in its
 * future and is raised where the result is requested. Needs libcurl.
 *
 *   two_pages URL URL */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/futures.h"
#include "concurrent/thread_executor.h"

enum { PAGES = 2 };

#define PAGE_TIMEOUT_S 30L

/* A page is text for people, so the limit is small. */
#define PAGE_BYTES (1u << 20)

static size_t on_body(char *data, size_t size, size_t count, void *page)
{
    gsize length = size * count;

    if (length > PAGE_BYTES - ((GString *)page)->len)
        return 0; /* less than length: libcurl aborts */
    g_string_append_len(page, data, (gssize)length);
    return length;
}

static CURLcode get(const char *url, GString *page)
{
    CURL *easy = curl_easy_init();
    CURLcode code;

    if (easy == NULL)
        return CURLE_FAILED_INIT;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, PAGE_TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, page);
    code = curl_easy_perform(easy);
    curl_easy_cleanup(easy);
    return code;
}

static void fetch(Call *call, GVariant *args, FdList *fds, void *data)
{
    const char *url = g_variant_get_bytestring(args);
    g_autoptr(GString) page = g_string_new(NULL);
    CURLcode code = get(url, page);

    (void)fds;
    (void)data;
    if (code != CURLE_OK)
        call_fail(call, g_error_new(error_quark(), ERROR_TRANSIENT, "%s: %s", url, curl_easy_strerror(code)));
    else
        call_return(call, g_variant_new_take_string(g_utf8_make_valid(page->str, (gssize)page->len)), NULL);
}

/* Prints the page's first line. */
static gboolean show(Future *future)
{
    g_autoptr(GError) error = NULL;
    GVariant *page = future_result(future, CLOCK_FOREVER, &error);

    if (page == NULL) {
        printf("failed: %s\n", error->message);
        return FALSE;
    }
    printf("%.*s\n", (int)strcspn(g_variant_get_string(page, NULL), "\n"), g_variant_get_string(page, NULL));
    return TRUE;
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{"fetch", "ay", fetch}};
    const ThreadExecutorOptions options = {.max_workers = PAGES,
                                           .table = {targets, G_N_ELEMENTS(targets), NULL}};
    g_autoptr(Executor) executor = NULL;
    g_autoptr(GError) error = NULL;
    Future *futures[PAGES];
    int status = 0;

    if (argc != PAGES + 1 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "usage: two_pages URL URL\n");
        return 2;
    }
    executor = thread_executor_base(thread_executor_new(&options));
    for (int i = 0; i < PAGES; i++) {
        futures[i] = executor_submit(executor, "fetch", g_variant_new_bytestring(argv[i + 1]), NULL, &error);
        if (futures[i] == NULL) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
    }
    for (int i = 0; i < PAGES; i++) {
        if (!show(futures[i]))
            status = 1;
        future_unref(futures[i]);
    }
    executor_shutdown(executor, TRUE, FALSE);
    curl_global_cleanup();
    return status;
}
