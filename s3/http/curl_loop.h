/* Drives a curl multi handle by a GMainContext: libcurl's sockets and its timer become GSources, and finished
 * transfers become callbacks. Private to s3/http/http.c. (libcurl, "curl_multi_socket_action".) */
#pragma once

#include <curl/curl.h>
#include <glib.h>

typedef struct CurlLoop CurlLoop;

/* Called outside of libcurl: may add and remove handles. */
typedef void (*CurlLoopDone)(CURL *easy, CURLcode code, void *data);

/* Returns NULL when out of memory. */
CurlLoop *curl_loop_new(GMainContext *context, CurlLoopDone done, void *data);

/* Owned by the loop. */
CURLM *curl_loop_multi(const CurlLoop *loop);

/* All handles must have been removed, except one that is just being reported. May be called from a
 * CurlLoopDone. */
void curl_loop_free(CurlLoop *loop);
