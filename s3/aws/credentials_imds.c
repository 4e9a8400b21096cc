#include "s3/aws/credentials_imds.h"

#include <string.h>

#include "base/clock.h"
#include "base/env_map.h"
#include "base/error.h"
#include "s3/aws/credentials_env.h"
#include "s3/aws/credentials_json.h"
#include "s3/aws/small_request.h"
#include "s3/aws/uri.h"

#define ADDRESS_IPV4 "http://169.254.169.254"
#define ADDRESS_IPV6 "http://[fd00:ec2::254]"
#define TOKEN_PATH   "/latest/api/token"
#define ROLE_PATH    "/latest/meta-data/iam/security-credentials/"
#define TIMEOUT_MS   1000u
#define ATTEMPTS     2u

/* IAM's own limit is 64 characters. */
#define MAX_ROLE_BYTES 128u

/* How long expired credentials are still used when the service has no newer ones: EC2 accepts them then. */
#define GRACE_S 900

typedef struct {
    CredentialsProvider provider;
    RequestCounters counters; /* required by the client, not reported */
    HttpClient *http;
    char *endpoint;
    char *token_line; /* the header line of the current fetch */
    SmallRequest *request;
    CredentialsDone done;
    void *user;
} Imds;

static void imds_end(Imds *imds, Credentials *credentials, const GError *error)
{
    imds->done(credentials, error, imds->user);
}

static void forget_token(Imds *imds)
{
    if (imds->token_line != NULL)
        secret_wipe(imds->token_line, strlen(imds->token_line));
    g_clear_pointer(&imds->token_line, g_free);
}

static void imds_ask(Imds *imds, HttpKind kind, const char *path, const char *header, SmallRequestDone done)
{
    g_autofree char *url = g_strconcat(imds->endpoint, path, NULL);
    const char *headers[] = {header, NULL};

    imds->request = small_request_start(
        imds->http,
        &(SmallRequestOptions){
            .kind = kind, .url = url, .headers = headers, .timeout_ms = TIMEOUT_MS, .attempts = ATTEMPTS},
        done, imds);
}

/* The same credentials, valid for GRACE_S from now on. Takes ownership of stale. */
static Credentials *with_grace(Credentials *stale)
{
    g_autoptr(Credentials) taken = stale;
    const Secret *token = credentials_session_token(taken);
    const Secret *key = credentials_secret_key(taken);

    return credentials_new_until(credentials_access_key_id(taken),
                                 secret_new(secret_peek(key), secret_size(key)),
                                 token != NULL ? secret_new(secret_peek(token), secret_size(token)) : NULL,
                                 credentials_source(taken), clock_wall_us() / CLOCK_US_PER_S + GRACE_S);
}

static void on_keys(const char *body, long status, const GError *failure, void *user)
{
    Imds *imds = user;
    g_autoptr(GError) error = failure != NULL ? g_error_copy(failure) : NULL;
    g_autoptr(Credentials) credentials = NULL;

    (void)status;
    imds->request = NULL;
    forget_token(imds);
    if (body != NULL)
        credentials =
            credentials_from_json(body, CREDENTIALS_JSON_SERVICE, "the role of this EC2 instance", &error);
    if (credentials != NULL && credentials_expiry_s(credentials) <= clock_wall_us() / CLOCK_US_PER_S)
        credentials = with_grace(g_steal_pointer(&credentials));
    imds_end(imds, credentials, error);
}

static void on_role(const char *body, long status, const GError *failure, void *user)
{
    Imds *imds = user;
    g_autoptr(GError) error = failure != NULL ? g_error_copy(failure) : NULL;
    g_autofree char *role = g_strndup(body != NULL ? body : "", MAX_ROLE_BYTES);
    g_autofree char *encoded = NULL, *path = NULL;

    imds->request = NULL;
    role[strcspn(role, "\r\n")] = '\0'; /* one role per line, but there is only one */
    if (status == 404 || (error == NULL && *role == '\0')) {
        g_clear_error(&error);
        error_set(&error, ERROR_PERMANENT, "this EC2 instance has no role");
    }
    if (error != NULL) {
        forget_token(imds);
        imds_end(imds, NULL, error);
        return;
    }
    encoded = uri_encode(role, URI_ENCODE_SLASH);
    path = g_strconcat(ROLE_PATH, encoded, NULL);
    imds_ask(imds, HTTP_GET, path, imds->token_line, on_keys);
}

static void on_token(const char *body, long status, const GError *failure, void *user)
{
    Imds *imds = user;
    g_autoptr(GError) error = failure != NULL ? g_error_copy(failure) : NULL;

    imds->request = NULL;
    if (error == NULL && (*body == '\0' || strpbrk(body, "\r\n") != NULL))
        error_set(&error, ERROR_PERMANENT, "%s: the session token is malformed", imds->endpoint);
    if (error != NULL) {
        /* From a container the response needs one network hop more than the default hop limit allows. */
        g_prefix_error(&error, "no response from the EC2 metadata service%s: ",
                       status == 0 ? " (in a container: is the instance's metadata hop limit 2?)" : "");
        imds_end(imds, NULL, error);
        return;
    }
    imds->token_line = g_strconcat("X-aws-ec2-metadata-token: ", body, NULL);
    imds_ask(imds, HTTP_GET, ROLE_PATH, imds->token_line, on_role);
}

/* Each fetch gets its own token, as fetches are hours apart. */
static void imds_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Imds *imds = (Imds *)provider;

    imds->done = done;
    imds->user = user;
    imds_ask(imds, HTTP_PUT, TOKEN_PATH, "X-aws-ec2-metadata-token-ttl-seconds: 60", on_token);
}

static void imds_free(CredentialsProvider *provider)
{
    Imds *imds = (Imds *)provider;

    small_request_cancel(imds->request);
    http_client_free(imds->http);
    forget_token(imds);
    g_free(imds->endpoint);
    g_free(imds);
}

gboolean credentials_imds_is_allowed(GVariant *environment)
{
    const char *disabled = environment_lookup(environment, "AWS_EC2_METADATA_DISABLED");

    return disabled == NULL || g_ascii_strcasecmp(disabled, "true") != 0;
}

CredentialsProvider *credentials_imds_new(GVariant *environment, GMainContext *context, GError **error)
{
    const char *endpoint = environment_lookup(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = environment_lookup(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    Imds *imds = g_new0(Imds, 1);

    imds->provider = (CredentialsProvider){imds_fetch, imds_free};
    imds->http = http_client_new(context, NULL, &imds->counters, error);
    if (imds->http == NULL) {
        g_free(imds);
        return NULL;
    }
    if (endpoint == NULL)
        endpoint = mode != NULL && g_ascii_strcasecmp(mode, "IPv6") == 0 ? ADDRESS_IPV6 : ADDRESS_IPV4;
    imds->endpoint = g_strndup(endpoint, strlen(endpoint) - (g_str_has_suffix(endpoint, "/") ? 1 : 0));
    return &imds->provider;
}
