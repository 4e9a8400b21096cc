/* URIs: percent-encoding as AWS Signature Version 4 wants it, its inverses, and endpoint URLs. Pure; used on
 * both sides. */
#pragma once

#include <glib.h>

/* An endpoint URL longer than this is refused: a host name has 253 bytes at most, the rest is path. */
#define URI_MAX_ENDPOINT_BYTES 1024u

typedef enum {
    URI_KEEP_SLASH,   /* the path of an object */
    URI_ENCODE_SLASH, /* names and values of a query */
} UriSlash;

/* Every byte but A-Z a-z 0-9 - . _ ~ (and '/', if kept) as %XX in upper case (AWS, "Create a signed AWS API
 * request"). Owned by the caller. */
char *uri_encode(const char *text, UriSlash slash);
void uri_append_encoded(GString *string, const char *text, UriSlash slash);

/* Undoes percent-encoding; '+' stays. Class ERROR_INPUT for a malformed escape or an encoded NUL. Owned by
 * the caller. */
char *uri_decode(const char *text, GError **error);

/* The same, and '+' becomes a space: what encoding-type=url of a listing means. */
char *uri_decode_form(const char *text, GError **error);

typedef struct {
    gboolean is_https;
    char *host;   /* lower case; an IPv6 address keeps its brackets */
    guint16 port; /* 0: the scheme's own */
    char *path;   /* empty, or starts with '/' and does not end with one; percent-encoded as given */
} UriEndpoint;

/* http://host[:port][/path] or https://. Class ERROR_CONFIG, for user names, queries and fragments too. */
gboolean uri_parse_endpoint(const char *url, UriEndpoint *ret_endpoint, GError **error);

/* What the Host header has, and signatures sign: the port too, unless it is the scheme's own. Owned by the
 * caller. */
char *uri_endpoint_host_header(const UriEndpoint *endpoint);

void uri_endpoint_clear(UriEndpoint *endpoint);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UriEndpoint, uri_endpoint_clear)
