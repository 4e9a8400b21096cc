/* Parses where a server listens: "127.0.0.1:9464", "[::1]:9464", "unix:/run/thumbmill/http", or "systemd"
 * for the socket that systemd passes. Names of hosts are not resolved. Pure. */
#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <sys/socket.h>

typedef enum { LISTEN_IPV4, LISTEN_IPV6, LISTEN_UNIX, LISTEN_SYSTEMD } ListenKind;

typedef struct {
    ListenKind kind;
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } address;
    socklen_t address_bytes;
    const char *path; /* LISTEN_UNIX: within the parsed text */
} ListenAddress;

/* Class ERROR_CONFIG. */
gboolean listen_address_parse(const char *text, ListenAddress *ret_address, GError **error);
