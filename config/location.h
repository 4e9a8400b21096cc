/* The location of a store: s3://bucket[/prefix/], where an access point's ARN may replace the bucket's name,
 * or file:///absolute/directory/. The text is used literally, without percent-decoding. A plain value, used
 * by the main process and the supervisor. */
#pragma once

#include <glib.h>

typedef enum { LOCATION_S3, LOCATION_DIRECTORY } LocationKind;

typedef struct {
    LocationKind kind;
    char *bucket; /* or NULL for a directory; an ARN has a ':' before the access point's name */
    char *prefix; /* of all keys: empty, or ends with '/'; for a directory its absolute path, ends with '/' */
} Location;

/* Adds a missing '/' at the end. Class ERROR_CONFIG: another scheme, an impossible bucket name (not 3 to 255
 * of A-Z a-z 0-9 . _ -), what base/s3_arn.h refuses, a relative path, a "." or ".." or empty component of a
 * path, a control character, a prefix that leaves no room for a key. */
gboolean location_parse(const char *url, Location *ret_location, GError **error);

/* Whether a URL accepted by location_parse() is a bucket's. */
gboolean location_is_bucket(const char *url);

/* Whether the location is a directory, or has a bucket name that AWS allows (3 to 63 of a-z 0-9 . -, a letter
 * or digit at both ends, no ".."). */
gboolean location_is_possible_at_aws(const Location *location);

/* The URL in its normal form. Owned by the caller. */
char *location_format(const Location *location);

void location_clear(Location *location);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Location, location_clear)
