#include "s3/aws/uri.h"

#include <string.h>

#include "base/error.h"

void uri_append_encoded(GString *string, const char *text, UriSlash slash)
{
    static const char hex[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        guchar byte = (guchar)*text;

        if (g_ascii_isalnum(byte) || strchr("-._~", byte) != NULL ||
            (byte == '/' && slash == URI_KEEP_SLASH)) {
            g_string_append_c(string, (char)byte);
        } else {
            g_string_append_c(string, '%');
            g_string_append_c(string, hex[byte >> 4]);
            g_string_append_c(string, hex[byte & 15]);
        }
    }
}

char *uri_encode(const char *text, UriSlash slash)
{
    GString *string = g_string_sized_new(strlen(text) + 32);

    uri_append_encoded(string, text, slash);
    return g_string_free(string, FALSE);
}

static gboolean parse_escape(const char *text, guint *ret_byte)
{
    int high = text[0] == '%' ? g_ascii_xdigit_value(text[1]) : -1;
    int low = high >= 0 ? g_ascii_xdigit_value(text[2]) : -1;

    if (low < 0)
        return FALSE;
    *ret_byte = (guint)high * 16 + (guint)low;
    return TRUE;
}

/* Decodes to out, which has space for as many bytes as text has, and may be text itself. */
static gboolean decode(const char *text, gboolean is_form, char *out, GError **error)
{
    while (*text != '\0') {
        guint byte = (guchar)*text;
        gsize taken = 1;

        if (byte == '%') {
            if (!parse_escape(text, &byte) || byte == 0) {
                error_set(error, ERROR_INPUT, "a malformed percent-escape");
                return FALSE;
            }
            taken = 3;
        } else if (byte == '+' && is_form) {
            byte = ' ';
        }
        *out++ = (char)byte;
        text += taken;
    }
    *out = '\0';
    return TRUE;
}

char *uri_decode(const char *text, GError **error)
{
    g_autofree char *decoded = g_malloc(strlen(text) + 1);

    return decode(text, FALSE, decoded, error) ? g_steal_pointer(&decoded) : NULL;
}

gboolean uri_decode_form(char *text, GError **error)
{
    return decode(text, TRUE, text, error);
}

char *uri_endpoint_host_header(const UriEndpoint *endpoint)
{
    return endpoint->port != 0 ? g_strdup_printf("%s:%u", endpoint->host, endpoint->port)
                               : g_strdup(endpoint->host);
}

void uri_endpoint_clear(UriEndpoint *endpoint)
{
    g_clear_pointer(&endpoint->host, g_free);
    g_clear_pointer(&endpoint->path, g_free);
}

/* The length of the host at the start of text (a name, an IPv4 address, or an IPv6 address in brackets), or 0
 * if there is none. */
static gsize host_length(const char *text)
{
    gsize length;

    if (*text == '[') {
        length = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
        return length > 1 && text[length] == ']' ? length + 1 : 0;
    }
    length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    return length <= 253 && *text != '.' && *text != '-' ? length : 0;
}

/* Parses "" or ":123", up to a '/' or the end, and sets *text to the position after it. */
static gboolean parse_port(const char **text, guint16 *ret_port)
{
    guint64 port = 0;
    char *end = NULL;

    if (**text != ':') {
        *ret_port = 0;
        return **text == '\0' || **text == '/';
    }
    if (!g_ascii_isdigit((*text)[1]))
        return FALSE;
    port = g_ascii_strtoull(*text + 1, &end, 10);
    if (port == 0 || port > G_MAXUINT16 || (*end != '\0' && *end != '/'))
        return FALSE;
    *ret_port = (guint16)port;
    *text = end;
    return TRUE;
}

static gboolean is_plain_path(const char *path)
{
    for (; *path != '\0'; path++) {
        guint byte;

        if (*path == '%' && !parse_escape(path, &byte))
            return FALSE;
        if (!g_ascii_isalnum(*path) && strchr("-._~/%", *path) == NULL)
            return FALSE;
    }
    return TRUE;
}

gboolean uri_parse_endpoint(const char *url, UriEndpoint *ret_endpoint, GError **error)
{
    g_auto(UriEndpoint) endpoint = {0};
    const char *rest = NULL;
    gsize length;

    if (strlen(url) > URI_MAX_ENDPOINT_BYTES) {
        error_set(error, ERROR_CONFIG, "an endpoint longer than %u bytes", URI_MAX_ENDPOINT_BYTES);
        return FALSE;
    }
    if (g_ascii_strncasecmp(url, "http://", 7) == 0)
        rest = url + 7;
    else if (g_ascii_strncasecmp(url, "https://", 8) == 0)
        rest = url + 8;
    length = rest != NULL ? host_length(rest) : 0;
    if (length == 0)
        goto malformed;
    endpoint.is_https = rest == url + 8;
    endpoint.host = g_ascii_strdown(rest, (gssize)length);
    rest += length;
    if (!parse_port(&rest, &endpoint.port) || !is_plain_path(rest))
        goto malformed;
    if (endpoint.port == (endpoint.is_https ? 443 : 80))
        endpoint.port = 0; /* curl omits it in the Host header, and the signature must agree */
    length = strlen(rest);
    while (length > 0 && rest[length - 1] == '/')
        length--;
    endpoint.path = g_strndup(rest, length);
    *ret_endpoint = endpoint;
    endpoint = (UriEndpoint){0};
    return TRUE;

malformed:
    error_set(error, ERROR_CONFIG,
              "'%s' is not an endpoint: expected http://HOST[:PORT][/PATH] or https://...", url);
    return FALSE;
}
