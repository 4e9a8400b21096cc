#include "s3/aws/credentials_container.h"

#include <errno.h>
#include <string.h>

#include "base/env_map.h"
#include "base/error.h"
#include "s3/aws/credentials_env.h"
#include "s3/aws/credentials_json.h"
#include "s3/aws/late_answer.h"
#include "s3/aws/secret_file.h"
#include "s3/aws/small_request.h"

#define ECS_ADDRESS "http://169.254.170.2"
#define TIMEOUT_MS  2000u
#define ATTEMPTS    3u

/* A web token of EKS has 1 to 2 KiB. */
#define MAX_TOKEN_BYTES (16u << 10)

/* Hosts to which a token may be sent without TLS. */
static const char *const near_hosts[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                                         "localhost",     "127.0.0.1",      "::1"};

typedef struct {
    CredentialsProvider provider;
    RequestCounters counters; /* required by the client, not reported */
    HttpClient *http;
    char *url;
    char *token_file;
    Secret *token;
    SmallRequest *request;
    LateAnswer *failure;
    CredentialsDone done;
    void *user;
} Container;

static void container_done(const char *body, long status, const GError *failure, void *user)
{
    Container *container = user;
    g_autoptr(Credentials) credentials = NULL;
    g_autoptr(GError) error = failure != NULL ? g_error_copy(failure) : NULL;

    (void)status;
    container->request = NULL;
    if (body != NULL)
        credentials = credentials_from_json(body, CREDENTIALS_JSON_SERVICE, container->url, &error);
    container->done(credentials, error, container->user);
}

/* The token as a header line. Returns NULL with *error set, or without if there is no token. Owned by the
 * caller, who wipes it. */
static char *authorization(const Container *container, GError **error)
{
    char buffer[MAX_TOKEN_BYTES + 1];
    const char *token = container->token != NULL ? secret_peek(container->token) : NULL;
    char *line = NULL;

    if (container->token_file != NULL) {
        gssize size = secret_file_read(container->token_file, buffer, sizeof buffer);

        if (size < 0) {
            error_set_errno(error, ERROR_PERMANENT, errno, "%s", container->token_file);
            return NULL;
        }
        buffer[MIN((gsize)size, MAX_TOKEN_BYTES)] = '\0';
        token = g_strchomp(buffer);
    }
    if (token != NULL && strpbrk(token, "\r\n") != NULL)
        error_set(error, ERROR_PERMANENT, "the authorization token for %s has more than one line",
                  container->url);
    else if (token != NULL)
        line = g_strconcat("Authorization: ", token, NULL);
    secret_wipe(buffer, sizeof buffer);
    return line;
}

static void container_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Container *container = (Container *)provider;
    GError *error = NULL;
    g_autofree char *line = authorization(container, &error);
    const char *headers[] = {line, NULL};

    container->done = done;
    container->user = user;
    if (error != NULL) {
        late_answer_give(container->failure, NULL, error, done, user);
        return;
    }
    container->request = small_request_start(container->http,
                                             &(SmallRequestOptions){.kind = HTTP_GET,
                                                                    .url = container->url,
                                                                    .headers = headers,
                                                                    .timeout_ms = TIMEOUT_MS,
                                                                    .attempts = ATTEMPTS},
                                             container_done, container);
    if (line != NULL)
        secret_wipe(line, strlen(line));
}

static void container_free(CredentialsProvider *provider)
{
    Container *container = (Container *)provider;

    small_request_cancel(container->request);
    http_client_free(container->http);
    late_answer_free(container->failure);
    secret_free(container->token);
    g_free(container->token_file);
    g_free(container->url);
    g_free(container);
}

static gboolean check_url(const char *url, GError **error)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    const char *scheme = uri != NULL ? g_uri_get_scheme(uri) : "";
    const char *host = uri != NULL && g_uri_get_host(uri) != NULL ? g_uri_get_host(uri) : "";

    if (strcmp(scheme, "https") == 0 && *host != '\0')
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(near_hosts); i++)
        if (strcmp(scheme, "http") == 0 && strcmp(host, near_hosts[i]) == 0)
            return TRUE;
    error_set(error, ERROR_PERMANENT,
              "AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https URL, or an http URL of a loopback, ECS or "
              "EKS address");
    return FALSE;
}

gboolean credentials_container_is_named(GVariant *environment)
{
    return environment_lookup(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
           environment_lookup(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL;
}

CredentialsProvider *credentials_container_new(GVariant *environment, GMainContext *context, GError **error)
{
    const char *path = environment_lookup(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *url = environment_lookup(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *token = environment_lookup(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    Container *container = NULL;

    if (path == NULL && !check_url(url, error))
        return NULL;
    container = g_new0(Container, 1);
    container->provider = (CredentialsProvider){container_fetch, container_free};
    container->http = http_client_new(context, environment_lookup(environment, "AWS_CA_BUNDLE"),
                                      &container->counters, error);
    if (container->http == NULL) {
        g_free(container);
        return NULL;
    }
    container->failure = late_answer_new(context);
    container->url = path != NULL ? g_strconcat(ECS_ADDRESS, path, NULL) : g_strdup(url);
    container->token_file =
        g_strdup(environment_lookup(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    container->token = token != NULL ? secret_new(token, strlen(token)) : NULL;
    return &container->provider;
}
