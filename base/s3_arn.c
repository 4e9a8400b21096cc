#include "base/s3_arn.h"

#include <string.h>

#include "base/error.h"
#include "base/quote.h"

#define LOWER        "abcdefghijklmnopqrstuvwxyz"
#define DIGITS       "0123456789"
#define ACCESS_POINT "accesspoint"

/* Fields of an ARN. */
enum { ARN, PARTITION, SERVICE, REGION, ACCOUNT, RESOURCE, FIELDS };

static const char directory_bucket[] =
    "belongs to a directory bucket (S3 Express One Zone), which is not supported: its requests need session "
    "credentials; use a general purpose bucket";
static const char multi_region[] = "is a multi-region access point, which is not supported: its requests "
                                   "need SigV4A signatures; use a bucket, or an access point of one region";

static gboolean refuse(const char *what, const char *why, GError **error)
{
    g_autofree char *quoted = quote_key(what);

    error_set(error, ERROR_CONFIG, "'%s' %s", quoted, why);
    return FALSE;
}

static gboolean is_of(const char *text, gsize min, gsize max, const char *bytes)
{
    gsize length = strlen(text);

    return length >= min && length <= max && strspn(text, bytes) == length;
}

void s3_arn_clear(S3Arn *arn)
{
    g_clear_pointer(&arn->region, g_free);
    g_clear_pointer(&arn->account, g_free);
    g_clear_pointer(&arn->name, g_free);
}

gboolean s3_arn_check_name(const char *bucket, GError **error)
{
    if (g_str_has_suffix(bucket, "--x-s3") || g_str_has_suffix(bucket, "--xa-s3"))
        return refuse(bucket, directory_bucket, error);
    if (g_str_has_suffix(bucket, ".mrap"))
        return refuse(bucket, multi_region, error);
    return TRUE;
}

/* Refuses well-formed ARNs that do not name an access point in one region. */
static gboolean check_service(const char *arn, char **fields, const char *name, GError **error)
{
    if (strcmp(fields[SERVICE], "s3express") == 0)
        return refuse(arn, directory_bucket, error);
    if (strcmp(fields[SERVICE], "s3") != 0)
        return refuse(
            arn, "belongs to a service other than s3: only access points of s3 itself are supported", error);
    if (name != NULL && *fields[REGION] == '\0')
        return refuse(arn, multi_region, error);
    if (name == NULL && *fields[REGION] == '\0' && *fields[ACCOUNT] == '\0')
        return refuse(arn, "is the ARN of a bucket or its objects: use the bucket's name", error);
    return TRUE;
}

/* Returns the part after "accesspoint" and a delimiter; NULL if it is another resource. */
static const char *access_point_of(const char *resource)
{
    gsize length = strlen(ACCESS_POINT);

    if (!g_str_has_prefix(resource, ACCESS_POINT) || (resource[length] != '/' && resource[length] != ':'))
        return NULL;
    return resource + length + 1;
}

gboolean s3_arn_parse(const char *arn, S3Arn *ret_arn, GError **error)
{
    g_auto(GStrv) fields = g_strsplit(strlen(arn) <= S3_ARN_MAX_BYTES ? arn : "", ":", FIELDS);
    const char *name;

    if (g_strv_length(fields) != FIELDS || strcmp(fields[ARN], "arn") != 0 ||
        !is_of(fields[PARTITION], 3, 63, LOWER "-") || !g_str_has_prefix(fields[PARTITION], "aws"))
        return refuse(arn, "is not an ARN: expected arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME", error);
    name = access_point_of(fields[RESOURCE]);
    if (!check_service(arn, fields, name, error))
        return FALSE;
    if (name == NULL || !is_of(fields[REGION], 1, 63, LOWER DIGITS "-") ||
        !is_of(fields[ACCOUNT], 12, 12, DIGITS) || !is_of(name, 3, 63, LOWER DIGITS "-") || name[0] == '-' ||
        name[strlen(name) - 1] == '-')
        return refuse(
            arn, "is not the ARN of an access point: expected arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME",
            error);
    if (!s3_arn_check_name(name, error))
        return FALSE;
    *ret_arn = (S3Arn){g_strdup(fields[REGION]), g_strdup(fields[ACCOUNT]), g_strdup(name)};
    return TRUE;
}

gsize s3_arn_length(const char *text)
{
    gsize length = 0;

    /* up to the resource, which may contain one '/' after its kind */
    for (guint colons = 0; text[length] != '\0' && text[length] != '/' && colons < RESOURCE; length++)
        if (text[length] == ':')
            colons++;
    if (g_str_has_prefix(text + length, ACCESS_POINT "/"))
        length += strlen(ACCESS_POINT "/");
    return length + strcspn(text + length, "/");
}
