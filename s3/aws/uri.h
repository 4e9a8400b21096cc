/* URIs: percent-encoding as AWS Signature Version 4 requires it, its inverses, and endpoint URLs. Pure; used
 * by the supervisor and the workers. */
#pragma once

#include <glib.h>

/* A longer endpoint URL is refused: a host name has 253 bytes at most, the rest is path. */
#define URI_MAX_ENDPOINT_BYTES 1024u

typedef enum {
    URI_KEEP_SLASH,   /* for the path of an object */
    URI_ENCODE_SLASH, /* for names and values of a query */
} UriSlash;

/* Encodes every byte except A-Z a-z 0-9 - . _ ~ (and '/', if kept) as %XX in upper case (AWS, "Create a
 * signed AWS API request"). Owned by the caller. */
char *uri_encode(const char *text, UriSlash slash);
void uri_append_encoded(GString *string, const char *text, UriSlash slash);

/* Decodes percent-encoding; '+' is kept. Class ERROR_INPUT for a malformed escape or an encoded NUL. Owned by
 * the caller. */
char *uri_decode(const char *text, GError **error);

/* Decodes text in its place as uri_decode() does, and turns '+' into a space, as listings with
 * encoding-type=url need it. After a failure text is undefined. */
gboolean uri_decode_form(char *text, GError **error);

typedef struct {
    gboolean is_https;
    char *host;   /* lower case; an IPv6 address keeps its brackets */
    guint16 port; /* or 0 for the scheme's default */
    char *path;   /* empty, or starts with '/' and does not end with one; percent-encoded as given */
} UriEndpoint;

/* Parses http://host[:port][/path], or the same with https. Class ERROR_CONFIG, also for user names, queries
 * and fragments. */
gboolean uri_parse_endpoint(const char *url, UriEndpoint *ret_endpoint, GError **error);

/* The value of the Host header, which is also signed: with the port, unless it is the scheme's default. Owned
 * by the caller. */
char *uri_endpoint_host_header(const UriEndpoint *endpoint);

void uri_endpoint_clear(UriEndpoint *endpoint);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UriEndpoint, uri_endpoint_clear)
