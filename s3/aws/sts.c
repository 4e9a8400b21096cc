#include "s3/aws/sts.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/aws/aws_host.h"
#include "s3/aws/sigv4.h"
#include "s3/aws/small_request.h"
#include "s3/aws/sts_xml.h"
#include "s3/aws/uri.h"

#define API_VERSION  "2011-06-15"
#define CONTENT_TYPE "application/x-www-form-urlencoded"
#define SESSION_NAME "thumbmill"
#define TIMEOUT_MS   5000u
#define ATTEMPTS     3u

struct Sts {
    RequestCounters counters; /* required by the client, not reported */
    HttpClient *http;
    char *region;
    char *url;
    char *host; /* as in the Host header */
    char *path;
    SmallRequest *request;
    char *source; /* of the running call, for error texts */
    CredentialsDone done;
    void *user;
};

static gboolean choose_url(Sts *sts, GVariant *environment, const Profiles *profiles, GError **error)
{
    const char *region = aws_settings_region(environment, profiles);
    const char *endpoint = aws_settings_endpoint(environment, profiles, AWS_SERVICE_STS);
    const AwsHostOptions options = {aws_settings_dual_stack(environment, profiles, AWS_SERVICE_STS),
                                    aws_settings_fips(environment, profiles)};
    g_auto(UriEndpoint) uri = {0};
    g_autofree char *host = NULL, *own = NULL;

    sts->region = g_strdup(region != NULL ? region : AWS_DEFAULT_REGION);
    if (endpoint == NULL) {
        host = aws_host(AWS_SERVICE_STS, sts->region, options, error);
        if (host == NULL)
            return FALSE;
        endpoint = own = g_strconcat("https://", host, NULL);
    }
    if (!uri_parse_endpoint(endpoint, &uri, error))
        return FALSE;
    sts->host = uri_endpoint_host_header(&uri);
    sts->path = g_strconcat(uri.path, "/", NULL);
    sts->url = g_strconcat(uri.is_https ? "https://" : "http://", sts->host, sts->path, NULL);
    return TRUE;
}

Sts *sts_new(GVariant *environment, const Profiles *profiles, GMainContext *context, GError **error)
{
    g_autoptr(Sts) sts = g_new0(Sts, 1);
    g_autoptr(GError) failure = NULL;
    g_auto(HttpProxies) proxies = {0};

    if (choose_url(sts, environment, profiles, &failure))
        sts->http =
            http_client_new(context, aws_settings_ca_bundle(environment, profiles), &sts->counters, &failure);
    if (sts->http != NULL) {
        http_proxies_init(&proxies, environment);
        http_client_set_proxies(sts->http, &proxies);
        return g_steal_pointer(&sts);
    }
    /* ERROR_CONFIG would mean an error in our own configuration file. */
    error_set(error, error_class(failure) == ERROR_CONFIG ? ERROR_PERMANENT : error_class(failure),
              "AWS's token service: %s", failure->message);
    return NULL;
}

void sts_free(Sts *sts)
{
    if (sts == NULL)
        return;
    small_request_cancel(sts->request);
    http_client_free(sts->http);
    g_free(sts->region);
    g_free(sts->url);
    g_free(sts->host);
    g_free(sts->path);
    g_free(sts->source);
    g_free(sts);
}

static void on_answer(const char *body, long status, const GError *failure, void *user)
{
    Sts *sts = user;
    g_autofree char *source = g_steal_pointer(&sts->source);
    g_autoptr(Credentials) credentials = NULL;
    g_autoptr(GError) error = NULL;

    (void)status;
    sts->request = NULL;
    if (failure == NULL)
        credentials = sts_xml_parse(body, source, &error);
    else
        error_set(&error, error_class(failure), "%s: %s", source, failure->message);
    sts->done(credentials, error, sts->user);
}

/* Takes ownership of the header lines, not of body. */
static void ask(Sts *sts, const StsRole *role, GStrv lines, const char *body, CredentialsDone done,
                void *user)
{
    g_auto(GStrv) headers = lines;

    sts->done = done;
    sts->user = user;
    sts->source = g_strdup_printf("role %s", role->arn);
    sts->request = small_request_start(sts->http,
                                       &(SmallRequestOptions){.kind = HTTP_POST,
                                                              .url = sts->url,
                                                              .headers = (const char *const *)headers,
                                                              .body = body,
                                                              .timeout_ms = TIMEOUT_MS,
                                                              .attempts = ATTEMPTS},
                                       on_answer, sts);
}

static void append_field(GString *form, const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(form, "&%s=", name);
    uri_append_encoded(form, value, URI_ENCODE_SLASH);
}

/* The form of a request for role. Reserves more_bytes for further values, so that the form is not
 * reallocated: that would leave a copy behind, possibly of a token. */
static GString *form_new(const char *action, const StsRole *role, gsize more_bytes)
{
    g_autofree char *duration = role->duration_s > 0 ? g_strdup_printf("%u", role->duration_s) : NULL;
    const char *name = role->session_name != NULL ? role->session_name : SESSION_NAME;
    GString *form = g_string_new(NULL);

    g_string_append_printf(form, "Action=%s&Version=%s", action, API_VERSION);
    append_field(form, "RoleArn", role->arn);
    append_field(form, "RoleSessionName", name);
    append_field(form, "ExternalId", role->external_id);
    append_field(form, "DurationSeconds", duration);
    if (more_bytes > 0) {
        gsize length = form->len;

        g_string_set_size(form, length + 3 * more_bytes + 64);
        g_string_truncate(form, length);
    }
    return form;
}

void sts_assume_role(Sts *sts, const StsRole *role, Credentials *by, CredentialsDone done, void *user)
{
    g_autoptr(Sigv4Signer) signer = sigv4_signer_new(by, sts->region, "sts");
    GString *form = form_new("AssumeRole", role, 0);
    g_autofree char *hash = digest_sha256_hex(form->str, form->len);
    const Sigv4Pair type = {"Content-Type", CONTENT_TYPE};
    /* Services other than S3 sign a path that is encoded twice. For a path without escapes that is the
     * same. */
    const Sigv4Request request = {.method = "POST",
                                  .host = sts->host,
                                  .path = sts->path,
                                  .headers = &type,
                                  .header_count = 1,
                                  .payload_hash = hash};
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    g_auto(GStrv) signed_lines = sigv4_signer_headers(signer, &request, clock_wall_us() / CLOCK_US_PER_S);

    g_strv_builder_add(lines, "Content-Type: " CONTENT_TYPE);
    g_strv_builder_addv(lines, (const char **)signed_lines);
    ask(sts, role, g_strv_builder_end(lines), form->str, done, user);
    g_string_free(form, TRUE);
}

void sts_assume_role_with_web_identity(Sts *sts, const StsRole *role, const Secret *token,
                                       CredentialsDone done, void *user)
{
    static const char *const type[] = {"Content-Type: " CONTENT_TYPE, NULL};
    GString *form = form_new("AssumeRoleWithWebIdentity", role, secret_size(token));

    append_field(form, "WebIdentityToken", secret_peek(token));
    ask(sts, role, g_strdupv((GStrv)type), form->str, done, user);
    secret_wipe(form->str, form->len);
    g_string_free(form, TRUE);
}
