#include "config/listen_address.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"

#define UNIX_PREFIX "unix:"

static gboolean parse_port(const char *text, in_port_t *ret_port)
{
    guint64 port;

    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT16, &port, NULL))
        return FALSE;
    *ret_port = htons((guint16)port);
    return TRUE;
}

static gboolean parse_ip(const char *text, ListenAddress *address)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *host = colon != NULL ? g_strndup(text, (gsize)(colon - text)) : NULL;
    const gsize length = host != NULL ? strlen(host) : 0;

    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        address->kind = LISTEN_IPV6;
        address->address_bytes = sizeof address->address.ipv6;
        address->address.ipv6.sin6_family = AF_INET6;
        return inet_pton(AF_INET6, host + 1, &address->address.ipv6.sin6_addr) == 1 &&
               parse_port(colon + 1, &address->address.ipv6.sin6_port);
    }
    address->kind = LISTEN_IPV4;
    address->address_bytes = sizeof address->address.ipv4;
    address->address.ipv4.sin_family = AF_INET;
    return host != NULL && inet_pton(AF_INET, host, &address->address.ipv4.sin_addr) == 1 &&
           parse_port(colon + 1, &address->address.ipv4.sin_port);
}

gboolean listen_address_parse(const char *text, ListenAddress *ret_address, GError **error)
{
    ListenAddress address = {0};
    gboolean is_right;

    if (strcmp(text, "systemd") == 0) {
        address.kind = LISTEN_SYSTEMD;
        is_right = TRUE;
    } else if (g_str_has_prefix(text, UNIX_PREFIX)) {
        address.kind = LISTEN_UNIX;
        address.path = text + strlen(UNIX_PREFIX);
        is_right = address.path[0] == '/' && strlen(text) < PATH_MAX;
    } else {
        is_right = parse_ip(text, &address);
    }
    if (is_right)
        *ret_address = address;
    else
        error_set(error, ERROR_CONFIG,
                  "must be ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464, unix:/PATH, or systemd");
    return is_right;
}
