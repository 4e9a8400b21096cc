/* The proxies that an environment names, as curl reads them: http_proxy (in lower case only), https_proxy,
 * and all_proxy for what has none of its own; no_proxy names hosts that are asked directly. A lower-case name
 * counts before HTTPS_PROXY, ALL_PROXY, NO_PROXY. Used on both sides: a worker's requests go the same way.
 * (curl(1), "Environment".)
 *
 * A proxy's URL may have a password in it. */
#pragma once

#include <glib.h>

/* NULL or empty: none. */
typedef struct {
    char *http;       /* of http:// URLs */
    char *https;      /* of https:// URLs */
    char *exceptions; /* host names, with commas; "*": all */
} HttpProxies;

/* environment is an a{ss}. */
void http_proxies_init(HttpProxies *proxies, GVariant *environment);

void http_proxies_copy(HttpProxies *proxies, const HttpProxies *from);
void http_proxies_clear(HttpProxies *proxies);

/* Which proxy a URL's scheme has, borrowed; NULL: none. exceptions are not looked at. */
const char *http_proxies_for(const HttpProxies *proxies, const char *url);

/* Replaces user and password of a proxy's URL (NULL or empty: none), wherever they stand in text, by ***.
 * text may have been cut at cut_bytes: what it ends with may be their beginning. */
char *http_proxies_hide(const char *proxy, const char *text, gsize cut_bytes);

/* The TCP port of a proxy's URL: 443 of https:// and 1080 of others unless it names one (CURLOPT_PROXY(3)); 0
 * if it is no URL. */
guint16 http_proxies_port(const char *proxy);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpProxies, http_proxies_clear)
