/* The proxies that an environment names, as curl reads them: http_proxy (in lower case only), https_proxy,
 * and all_proxy for schemes that have no proxy of their own; no_proxy names hosts that are contacted
 * directly. A lower-case name has precedence over HTTPS_PROXY, ALL_PROXY and NO_PROXY. Used by the supervisor
 * and the workers, whose requests take the same way. (curl(1), "Environment".)
 *
 * A proxy's URL may contain a password. */
#pragma once

#include <glib.h>

/* Each may be NULL or empty. */
typedef struct {
    char *http;       /* for http:// URLs */
    char *https;      /* for https:// URLs */
    char *exceptions; /* host names, separated by commas, or "*" for all */
} HttpProxies;

/* environment is an a{ss}. */
void http_proxies_init(HttpProxies *proxies, GVariant *environment);

void http_proxies_copy(HttpProxies *proxies, const HttpProxies *from);
void http_proxies_clear(HttpProxies *proxies);

/* The proxy for a URL's scheme, borrowed, or NULL. Ignores exceptions. */
const char *http_proxies_for(const HttpProxies *proxies, const char *url);

/* Replaces user and password of a proxy's URL (which may be NULL or empty) by *** wherever they occur in
 * text. text may have been cut at cut_bytes, so its end may be their beginning. */
char *http_proxies_hide(const char *proxy, const char *text, gsize cut_bytes);

/* The TCP port of a proxy's URL, by default 443 for https:// and 1080 for others (CURLOPT_PROXY(3)); 0 if it
 * is not a URL. */
guint16 http_proxies_port(const char *proxy);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpProxies, http_proxies_clear)
