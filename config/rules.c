#include "config/rules.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "config/deletion_limit.h"
#include "config/listen_address.h"
#include "config/location.h"
#include "config/model.h"
#include "schedule/cron.h"

#define MAX_NAME   64u
#define MAX_REGION 63u
#define MAX_GROUP  32u

/* Real storage classes have up to 19 characters, ARNs of keys or aliases up to about 330. */
#define MAX_STORAGE_CLASS 64u
#define MAX_KMS_KEY       512u

/* RFC 1035, section 2.3.4. */
#define MAX_HOST         253u

#define LOWER_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"

char *rule_location(const char *text, GError **error)
{
    g_auto(Location) location = {0};

    return location_parse(text, &location, error) ? location_format(&location) : NULL;
}

/* The longest folder leaves room for the names of files in it. */
#define MAX_STATE 200u

static gboolean is_folder(const char *text)
{
    g_auto(GStrv) components = g_strsplit(text, "/", -1);

    for (guint i = 0; components[i] != NULL; i++) {
        const gboolean is_last = components[i + 1] == NULL;

        if ((*components[i] == '\0' && !(is_last && i > 0)) || strcmp(components[i], ".") == 0 ||
            strcmp(components[i], "..") == 0)
            return FALSE;
    }
    return *text != '\0' && strlen(text) <= MAX_STATE &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" LOWER_AND_DIGITS "._-/") == strlen(text);
}

char *rule_state(const char *text, GError **error)
{
    if (strcmp(text, CONFIG_NO_STATE) == 0)
        return g_strdup(text);
    if (is_folder(text))
        return g_str_has_suffix(text, "/") ? g_strdup(text) : g_strconcat(text, "/", NULL);
    error_set(
        error, ERROR_CONFIG,
        "a folder below destination.url, of A-Z a-z 0-9 . _ - and up to %u bytes, such as .thumbmill/; or "
        "none",
        MAX_STATE);
    return NULL;
}

static gboolean is_of(const char *text, gsize max, const char *characters)
{
    gsize length = strlen(text);

    return length >= 1 && length <= max && strspn(text, characters) == length;
}

char *rule_region(const char *text, GError **error)
{
    if (is_of(text, MAX_REGION, LOWER_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-"))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "a region is 1 to %u of a-z A-Z 0-9 _ -", MAX_REGION);
    return NULL;
}

char *rule_storage_class(const char *text, GError **error)
{
    if (is_of(text, MAX_STORAGE_CLASS, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "a storage class is 1 to %u of A-Z 0-9 _ -", MAX_STORAGE_CLASS);
    return NULL;
}

char *rule_kms_key(const char *text, GError **error)
{
    gsize length = 0;

    while (g_ascii_isgraph(text[length]))
        length++;
    if (length >= 1 && length <= MAX_KMS_KEY && text[length] == '\0')
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "a key's id is 1 to %u printable characters without spaces", MAX_KMS_KEY);
    return NULL;
}

/* Whether text is empty or a suffix that expansion.c adds to a name, such as "@2x". */
static gboolean is_scale_suffix(const char *text)
{
    const int scale = text[0] == '@' ? g_ascii_digit_value(text[1]) : 0;

    return *text == '\0' || (scale >= 2 && scale <= (int)CONFIG_MAX_SCALE && strcmp(text + 2, "x") == 0);
}

char *rule_output_name(const char *text, GError **error)
{
    const gsize length = strcspn(text, "@");
    g_autofree char *name = g_strndup(text, length);

    if (is_of(name, MAX_NAME, LOWER_AND_DIGITS "_-") && is_scale_suffix(text + length))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "an output's name is 1 to %u of a-z 0-9 _ -", MAX_NAME);
    return NULL;
}

char *rule_job_name(const char *text, GError **error)
{
    if (is_of(text, MAX_NAME, G_CSET_A_2_Z LOWER_AND_DIGITS "._-"))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "a job's name is 1 to %u of A-Z a-z 0-9 . _ -", MAX_NAME);
    return NULL;
}

static gboolean is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (g_ascii_iscntrl(*text))
            return FALSE;
    }
    return TRUE;
}

char *rule_absolute_path(const char *text, GError **error)
{
    if (*text == '/' && strlen(text) < PATH_MAX && is_printable(text))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "must be an absolute path");
    return NULL;
}

/* Whether the text after the host is empty, or ':' and a number from 1 to 65535. */
static gboolean is_port(const char *text)
{
    gsize digits;

    if (*text == '\0')
        return TRUE;
    digits = strspn(text + 1, "0123456789");
    return *text == ':' && digits >= 1 && digits <= 5 && text[digits + 1] == '\0' &&
           g_ascii_strtoull(text + 1, NULL, 10) - 1 < 65535;
}

/* A name, an IPv4 address, or an IPv6 address in brackets, optionally with a port. */
static gboolean is_authority(const char *text)
{
    gsize host;

    if (*text == '[') {
        host = strspn(text + 1, "0123456789abcdefABCDEF:.");
        return host >= 2 && host < 46 && text[host + 1] == ']' && is_port(text + host + 2);
    }
    for (host = 0; g_ascii_isalnum(text[host]) || text[host] == '-' || text[host] == '.'; host++)
        ;
    return host >= 1 && host <= MAX_HOST && is_port(text + host);
}

static gboolean is_url_path(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!g_ascii_isgraph(*text) || strchr("?#@\\\"<>", *text) != NULL)
            return FALSE;
    }
    return TRUE;
}

char *rule_endpoint(const char *text, GError **error)
{
    const char *rest = NULL;

    if (g_str_has_prefix(text, "http://"))
        rest = text + strlen("http://");
    else if (g_str_has_prefix(text, "https://"))
        rest = text + strlen("https://");
    if (rest != NULL && strlen(text) <= 1024) {
        gsize length = strcspn(rest, "/");
        g_autofree char *authority = g_strndup(rest, length);

        if (is_authority(authority) && is_url_path(rest + length)) {
            gsize end = strlen(text);

            while (text[end - 1] == '/')
                end--;
            return g_strndup(text, end);
        }
    }
    error_set(error, ERROR_CONFIG, "an endpoint is http://HOST:PORT or https://HOST:PORT");
    return NULL;
}

char *rule_listen(const char *text, GError **error)
{
    ListenAddress address;

    return listen_address_parse(text, &address, error) ? g_strdup(text) : NULL;
}

char *rule_schedule(const char *text, GError **error)
{
    Cron cron;

    return cron_parse(text, &cron, error) ? g_strdup(text) : NULL;
}

char *rule_mode(const char *text, GError **error)
{
    const char *digits = *text == '0' ? text + 1 : text;

    if (strlen(digits) == 3 && strspn(digits, "01234567") == 3)
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "permissions are three octal digits, such as 0660, in quotes");
    return NULL;
}

/* Three octal digits, optionally preceded by a digit of special. The owner must have at least the permissions
 * in owner. */
static gboolean is_mode(const char *text, const char *special, char owner)
{
    const char *digits =
        *text != '\0' && strchr(special, *text) != NULL && strlen(text) == 4 ? text + 1 : text;

    return strlen(digits) == 3 && strspn(digits, "01234567") == 3 && ((digits[0] - '0') & owner) == owner;
}

char *rule_file_mode(const char *text, GError **error)
{
    if (is_mode(text, "0", 6))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG,
              "a file's permissions are three octal digits, such as 0644, in quotes; its owner must be able "
              "to read and write");
    return NULL;
}

char *rule_dir_mode(const char *text, GError **error)
{
    if (is_mode(text, "02", 7))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG,
              "a directory's permissions are octal digits, such as 0755 or 2775, in quotes; its owner must "
              "have all three");
    return NULL;
}

char *rule_group(const char *text, GError **error)
{
    gsize length = 0;

    while (g_ascii_isgraph(text[length]) && strchr(":/", text[length]) == NULL)
        length++;
    if (length >= 1 && length <= MAX_GROUP && text[length] == '\0')
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "not a valid group name");
    return NULL;
}

char *rule_max_delete(const char *text, GError **error)
{
    DeletionLimit limit;

    if (deletion_limit_parse(text, &limit))
        return g_strdup(text);
    error_set(error, ERROR_CONFIG, "a number of objects such as 1000, or a share such as 10%%");
    return NULL;
}
