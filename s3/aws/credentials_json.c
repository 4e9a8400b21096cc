#include "s3/aws/credentials_json.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/quote.h"

/* The part of a service's own error message that is kept. */
#define MAX_WORDS 200

/* Returns NULL if the member is missing, empty or not a string. */
static const char *member(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value != NULL && *value != '\0' ? value : NULL;
}

static Credentials *read_object(const json_t *object, CredentialsJsonKind kind, const char *source,
                                GError **error)
{
    const char *code = member(object, "Code");
    const char *id = member(object, "AccessKeyId");
    const char *key = member(object, "SecretAccessKey");
    const char *token = member(object, kind == CREDENTIALS_JSON_PROCESS ? "SessionToken" : "Token");
    const char *expiration = member(object, "Expiration");
    gint64 expiry_s = CREDENTIALS_FOREVER;

    if (code != NULL && strcmp(code, "Success") != 0) {
        const char *message = member(object, "Message");
        g_autofree char *words = g_strdup_printf("%s: %s", code, message != NULL ? message : "no reason");
        g_autofree char *quoted = quote_key(words);

        error_set(error, ERROR_PERMANENT, "%s: %.*s", source, MAX_WORDS, quoted);
        return NULL;
    }
    if (kind == CREDENTIALS_JSON_PROCESS && json_integer_value(json_object_get(object, "Version")) != 1) {
        error_set(error, ERROR_PERMANENT, "%s: the response's Version is not 1", source);
        return NULL;
    }
    if (id == NULL || key == NULL) {
        error_set(error, ERROR_PERMANENT, "%s: the response has no %s", source,
                  id == NULL ? "AccessKeyId" : "SecretAccessKey");
        return NULL;
    }
    if (expiration != NULL && !clock_parse_iso(expiration, &expiry_s)) {
        error_set(error, ERROR_PERMANENT, "%s: the response's Expiration is not a time in ISO 8601", source);
        return NULL;
    }
    return credentials_new_until(id, secret_new(key, strlen(key)),
                                 token != NULL ? secret_new(token, strlen(token)) : NULL, source, expiry_s);
}

Credentials *credentials_from_json(const char *text, CredentialsJsonKind kind, const char *source,
                                   GError **error)
{
    Credentials *credentials = NULL;
    json_malloc_t allocate;
    json_free_t release;
    json_t *object;

    json_get_alloc_funcs(&allocate, &release);
    json_set_alloc_funcs(wiping_malloc, wiping_free);
    object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        credentials = read_object(object, kind, source, error);
    else
        error_set(error, ERROR_PERMANENT, "%s: the response is not a JSON object", source);
    json_decref(object);
    json_set_alloc_funcs(allocate, release);
    return credentials;
}
