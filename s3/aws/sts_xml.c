#include "s3/aws/sts_xml.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/aws/small_request.h"
#include "s3/aws/xml.h"

/* <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId> */
#define GROUP_DEPTH 3u

typedef struct {
    gboolean is_in_credentials;
    char *id;
    Secret *key;
    Secret *token;
    gint64 expiry_s;
    gboolean has_expiry;
} Parse;

static gboolean sts_start(guint depth, const char *name, void *data, GError **error)
{
    Parse *parse = data;

    (void)error;
    if (depth == GROUP_DEPTH)
        parse->is_in_credentials = strcmp(name, "Credentials") == 0;
    return TRUE;
}

static void take_secret(Secret **secret, const char *text)
{
    secret_free(*secret);
    *secret = *text != '\0' ? secret_new(text, strlen(text)) : NULL;
}

static gboolean sts_end(guint depth, const char *name, const char *text, void *data, GError **error)
{
    Parse *parse = data;

    (void)error;
    if (depth != GROUP_DEPTH + 1 || !parse->is_in_credentials)
        return TRUE;
    if (strcmp(name, "AccessKeyId") == 0) {
        g_free(parse->id);
        parse->id = *text != '\0' ? g_strdup(text) : NULL;
    } else if (strcmp(name, "SecretAccessKey") == 0) {
        take_secret(&parse->key, text);
    } else if (strcmp(name, "SessionToken") == 0) {
        take_secret(&parse->token, text);
    } else if (strcmp(name, "Expiration") == 0) {
        parse->has_expiry = clock_parse_iso(text, &parse->expiry_s);
    }
    return TRUE;
}

/* The name of a missing element, or NULL. */
static const char *missing(const Parse *parse)
{
    if (parse->id == NULL)
        return "AccessKeyId";
    if (parse->key == NULL)
        return "SecretAccessKey";
    if (parse->token == NULL)
        return "SessionToken";
    return parse->has_expiry ? NULL : "Expiration";
}

Credentials *sts_xml_parse(const char *text, const char *source, GError **error)
{
    static const XmlHandlers handlers = {sts_start, sts_end};
    Parse parse = {0};
    g_autoptr(XmlReader) reader = xml_reader_new(&handlers, SMALL_REQUEST_MAX_BYTES, &parse);
    Credentials *credentials = NULL;

    if (!xml_reader_feed(reader, text, strlen(text), TRUE, error))
        g_prefix_error(error, "%s: ", source);
    else if (missing(&parse) != NULL)
        error_set(error, ERROR_PERMANENT, "%s: the response has no %s", source, missing(&parse));
    else
        credentials = credentials_new_until(parse.id, g_steal_pointer(&parse.key),
                                            g_steal_pointer(&parse.token), source, parse.expiry_s);
    g_free(parse.id);
    secret_free(parse.key);
    secret_free(parse.token);
    return credentials;
}
