#include "config/location.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/s3_arn.h"

#define LOWER_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char s3_scheme[] = "s3://";
static const char file_scheme[] = "file://";

void location_clear(Location *location)
{
    g_clear_pointer(&location->bucket, g_free);
    g_clear_pointer(&location->prefix, g_free);
}

static gboolean has_control_character(const char *text)
{
    for (; *text != '\0'; text++) {
        if (g_ascii_iscntrl(*text))
            return TRUE;
    }
    return FALSE;
}

/* The oldest rules, which servers other than AWS still apply. */
static gboolean is_bucket_name(const char *name)
{
    gsize length = strlen(name);

    return length >= 3 && length <= 255 && strspn(name, LOWER_AND_DIGITS UPPER "._-") == length &&
           strspn(name, ".") < length;
}

static gboolean is_arn(const char *text)
{
    return g_str_has_prefix(text, S3_ARN_PREFIX);
}

/* AWS, "General purpose bucket naming rules", without those that apply only to new buckets. */
gboolean location_is_possible_at_aws(const Location *location)
{
    const char *name = location->bucket;
    gsize length;

    if (location->kind != LOCATION_S3 || is_arn(location->bucket))
        return TRUE;
    length = strlen(name);
    return length <= 63 && strspn(name, LOWER_AND_DIGITS ".-") == length && g_ascii_isalnum(name[0]) &&
           g_ascii_isalnum(name[length - 1]) && strstr(name, "..") == NULL;
}

/* Replaces the '/' that an ARN may have by ':', so that the first '/' ends a bucket's name. Owned by the
 * caller. */
static char *normalise_arn(const char *named, GError **error)
{
    g_auto(S3Arn) arn = {0};
    g_autofree char *text = g_strdup(named);

    return s3_arn_parse(named, &arn, error) ? g_strdelimit(g_steal_pointer(&text), "/", ':') : NULL;
}

/* Adds a '/' at the end, which makes prefix a folder; "" is kept. */
static char *with_slash(const char *prefix)
{
    return *prefix == '\0' || g_str_has_suffix(prefix, "/") ? g_strdup(prefix)
                                                            : g_strconcat(prefix, "/", NULL);
}

static gboolean parse_s3(const char *rest, Location *ret_location, GError **error)
{
    gsize length = is_arn(rest) ? s3_arn_length(rest) : strcspn(rest, "/");
    g_autofree char *named = g_strndup(rest, length);
    g_autofree char *bucket = is_arn(rest) ? normalise_arn(named, error) : g_strdup(named);
    g_autofree char *prefix = with_slash(rest[length] == '/' ? rest + length + 1 : "");

    if (bucket == NULL || !s3_arn_check_name(bucket, error))
        return FALSE;
    if (!is_arn(bucket) && !is_bucket_name(bucket)) {
        error_set(error, ERROR_CONFIG, "'%s' is not a valid bucket name", bucket);
        return FALSE;
    }
    if (strlen(prefix) >= LIMIT_KEY_BYTES) {
        error_set(error, ERROR_CONFIG, "the prefix leaves no room for a key of up to %u bytes",
                  LIMIT_KEY_BYTES);
        return FALSE;
    }
    *ret_location = (Location){LOCATION_S3, g_steal_pointer(&bucket), g_steal_pointer(&prefix)};
    return TRUE;
}

static gboolean is_plain_path(const char *path)
{
    g_auto(GStrv) components = g_strsplit(path + 1, "/", -1);

    for (guint i = 0; components[i] != NULL; i++) {
        gboolean is_last = components[i + 1] == NULL;

        if ((components[i][0] == '\0' && !is_last) || strcmp(components[i], ".") == 0 ||
            strcmp(components[i], "..") == 0)
            return FALSE;
    }
    return TRUE;
}

static gboolean parse_directory(const char *path, Location *ret_location, GError **error)
{
    g_autofree char *folder = with_slash(path);

    if (*path != '/') {
        error_set(error, ERROR_CONFIG,
                  "a directory is file:// and an absolute path, such as file:///srv/photos/");
        return FALSE;
    }
    if (strlen(folder) >= PATH_MAX) {
        error_set(error, ERROR_CONFIG, "a directory's path must have fewer than %d bytes", PATH_MAX);
        return FALSE;
    }
    if (!is_plain_path(path)) {
        error_set(error, ERROR_CONFIG, "a directory's path must not contain '.', '..' or empty components");
        return FALSE;
    }
    *ret_location = (Location){LOCATION_DIRECTORY, NULL, g_steal_pointer(&folder)};
    return TRUE;
}

gboolean location_is_bucket(const char *url)
{
    return g_str_has_prefix(url, s3_scheme);
}

gboolean location_parse(const char *url, Location *ret_location, GError **error)
{
    if (has_control_character(url)) {
        error_set(error, ERROR_CONFIG, "a URL must not contain control characters");
        return FALSE;
    }
    if (location_is_bucket(url))
        return parse_s3(url + strlen(s3_scheme), ret_location, error);
    if (g_str_has_prefix(url, file_scheme))
        return parse_directory(url + strlen(file_scheme), ret_location, error);
    error_set(error, ERROR_CONFIG, "a store is s3://BUCKET/ or s3://BUCKET/PREFIX/ or file:///DIRECTORY/");
    return FALSE;
}

char *location_format(const Location *location)
{
    if (location->kind == LOCATION_DIRECTORY)
        return g_strconcat(file_scheme, location->prefix, NULL);
    return g_strconcat(s3_scheme, location->bucket, "/", location->prefix, NULL);
}
