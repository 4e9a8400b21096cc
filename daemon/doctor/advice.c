#include "daemon/doctor/advice.h"

#include "s3/http/retry.h"

static const struct {
    const char *code, *advice;
} known[] = {
    {"SignatureDoesNotMatch", "The secret key does not match this access key: check the credentials. (A "
                              "proxy that alters requests has the same effect.)"},
    {"InvalidAccessKeyId", "The server does not know this access key: check the credentials, and that "
                           "s3.endpoint is the server they belong to."},
    {"NoSuchBucket", "Create the bucket, or correct the URL."},
    {"NoSuchKey", "Check whether another program removes objects below this URL."},
    {"RequestTimeTooSkewed", "Set this machine's clock (NTP)."},
    {"ExpiredToken", "The credentials have expired: get new ones."},
    {"InvalidToken", "The session token does not match these credentials: get new ones."},
    {"PermanentRedirect", "Set s3.region to the region of the bucket."},
    {"AuthorizationHeaderMalformed", "Set s3.region to the region of the bucket."},
    {"QuotaExceeded",
     "The quota of the bucket or its owner is exhausted: free some space, or raise the quota."},
    {"SlowDown", "The server is busy: try again later."},
};

/* Advice if no response arrived. */
static const char *on_the_way(const AdviceCase *c)
{
    if (retry_is_no_tls(c->curl_code))
        return "The server does not speak TLS on this port: if the port is for http, start s3.endpoint with "
               "http://; otherwise use the https port.";
    switch (retry_classify(c->curl_code, 0, NULL).reason) {
    case RETRY_CONNECT:
        return "No server responds at this address: check s3.endpoint, its port, and the network in between.";
    case RETRY_TIMEOUT: return "The server did not respond in time: check the network and the server.";
    case RETRY_RESET:
    case RETRY_TRUNCATED:
        return "The connection was closed: check that s3.endpoint has the right scheme and port.";
    default:
        return "If the error is about a certificate, set s3.ca_file to the authority that signed the "
               "server's certificate; otherwise check s3.endpoint.";
    }
}

/* Whether a wrong path may have caused the response. */
static gboolean is_about_path(const AdviceCase *c)
{
    return c->base_path != NULL && *c->base_path != '\0' && c->status != 401 && c->status != 403 &&
           c->status < 500;
}

char *advice_for(const AdviceCase *c)
{
    if (c->curl_code != 0)
        return g_strdup(on_the_way(c));
    if (is_about_path(c))
        return g_strdup_printf("s3.endpoint has a path, %s, which precedes the bucket name: remove it, "
                               "unless a proxy needs it. The bucket belongs in the URL.",
                               c->base_path);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_strcmp0(c->code, known[i].code) == 0)
            return g_strdup(known[i].advice);
    }
    if (c->status == 401 || c->status == 403)
        return g_strdup_printf(
            "Give these credentials the permission %s (in their own policy or the bucket's).", c->right);
    if (c->status == 404)
        return g_strdup("Create the bucket, or correct the URL.");
    if (c->status == 400 && c->code == NULL && !c->is_https)
        return g_strdup(
            "The endpoint is not an S3 server: if the port is for https, start s3.endpoint with https://.");
    if (c->status / 100 == 2)
        return g_strdup("Check s3.endpoint: it is not an S3 server.");
    if (c->status >= 500)
        return g_strdup("The server failed: check the server, or try again later.");
    return g_strdup("Read the server's message; check s3.endpoint and the URL.");
}
