#include "s3/http/http_proxies.h"

#include <curl/curl.h>
#include <string.h>

#include "base/env_map.h"

/* The first of these variables that is set. Owned by the caller. */
static char *first_of(GVariant *environment, const char *const *names)
{
    const char *value = NULL;

    for (gsize i = 0; names[i] != NULL && value == NULL; i++)
        value = environment_lookup(environment, names[i]);
    return g_strdup(value);
}

void http_proxies_init(HttpProxies *proxies, GVariant *environment)
{
    /* HTTP_PROXY is not read: a web server sets it from a request's Proxy header for the programs that it
     * starts. */
    static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};

    *proxies = (HttpProxies){.http = first_of(environment, http),
                             .https = first_of(environment, https),
                             .exceptions = first_of(environment, exceptions)};
}

void http_proxies_copy(HttpProxies *proxies, const HttpProxies *from)
{
    *proxies = (HttpProxies){.http = g_strdup(from->http),
                             .https = g_strdup(from->https),
                             .exceptions = g_strdup(from->exceptions)};
}

void http_proxies_clear(HttpProxies *proxies)
{
    g_clear_pointer(&proxies->http, g_free);
    g_clear_pointer(&proxies->https, g_free);
    g_clear_pointer(&proxies->exceptions, g_free);
}

const char *http_proxies_for(const HttpProxies *proxies, const char *url)
{
    return g_ascii_strncasecmp(url, "https:", 6) == 0 ? proxies->https : proxies->http;
}

/* "user:password" of a URL with or without a scheme, or NULL. Owned by the caller. */
static char *user_of(const char *proxy)
{
    const char *scheme = strstr(proxy, "://");
    const char *begin = scheme != NULL ? scheme + 3 : proxy;
    const char *end = strrchr(begin, '@');

    return end != NULL && end > begin ? g_strndup(begin, (gsize)(end - begin)) : NULL;
}

/* The length of user at the beginning of text, or of its first part if text was cut off within it. */
static gsize user_bytes(const char *user, const char *text, gboolean is_cut)
{
    gsize same = 0;

    while (user != NULL && user[same] != '\0' && text[same] == user[same])
        same++;
    return same > 0 && (user[same] == '\0' || (is_cut && text[same] == '\0')) ? same : 0;
}

char *http_proxies_hide(const char *proxy, const char *text, gsize cut_bytes)
{
    g_autofree char *user = proxy != NULL ? user_of(proxy) : NULL;
    const gboolean is_cut = strlen(text) >= cut_bytes;
    GString *out = g_string_new(NULL);

    for (const char *p = text; *p != '\0';) {
        const gsize hidden = user_bytes(user, p, is_cut);

        g_string_append_len(out, hidden > 0 ? "***" : p, hidden > 0 ? 3 : 1);
        p += MAX(hidden, 1);
    }
    return g_string_free(out, FALSE);
}

#define PORT_OF_HTTPS  443u
#define PORT_OF_OTHERS 1080u

guint16 http_proxies_port(const char *proxy)
{
    CURLU *parts = curl_url();
    char *port = NULL;
    guint64 number = 0;

    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, proxy,
                                      CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK) {
        if (curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK)
            number = g_ascii_strtoull(port, NULL, 10);
        else
            number = g_ascii_strncasecmp(proxy, "https:", 6) == 0 ? PORT_OF_HTTPS : PORT_OF_OTHERS;
    }
    curl_free(port);
    curl_url_cleanup(parts);
    return (guint16)number;
}
