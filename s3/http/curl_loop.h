/* Drives a curl multi handle by a GMainContext: sockets and the timer of libcurl become sources of it, and
 * finished transfers callbacks. Private to s3/http/http.c. (libcurl, "curl_multi_socket_action".) */
#pragma once

#include <curl/curl.h>
#include <glib.h>

typedef struct CurlLoop CurlLoop;

/* Called outside of libcurl: may add and remove handles. */
typedef void (*CurlLoopDone)(CURL *easy, CURLcode code, void *data);

/* NULL when out of memory. */
CurlLoop *curl_loop_new(GMainContext *context, CurlLoopDone done, void *data);

/* Owned by the loop. */
CURLM *curl_loop_multi(const CurlLoop *loop);

/* After all handles are removed but one that is just being reported. May be called from a CurlLoopDone. */
void curl_loop_free(CurlLoop *loop);
