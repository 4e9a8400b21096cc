#include "daemon/doctor/advice.h"

#include "s3/http/retry.h"

static const struct {
    const char *code, *advice;
} known[] = {
    {"SignatureDoesNotMatch", "The secret key does not belong to this access key: check the credentials. (A "
                              "proxy that changes requests "
                              "has the same effect.)"},
    {"InvalidAccessKeyId",
     "The server does not know this access key: check the credentials, and whether s3.endpoint is the server "
     "that they are for."},
    {"NoSuchBucket", "Create the bucket, or correct the url."},
    {"NoSuchKey", "Check whether something else removes objects below this url."},
    {"RequestTimeTooSkewed", "Set this machine's clock (NTP)."},
    {"ExpiredToken", "The credentials have expired: get new ones."},
    {"InvalidToken", "The session token does not belong to these keys: get new ones."},
    {"PermanentRedirect", "Set s3.region to the region of the bucket."},
    {"AuthorizationHeaderMalformed", "Set s3.region to the region of the bucket."},
    {"QuotaExceeded", "The bucket or its owner has no room left: free some, or have the quota raised."},
    {"SlowDown", "The server is busy: try again later."},
};

/* Advice if no response arrived. */
static const char *on_the_way(const AdviceCase *c)
{
    if (retry_is_no_tls(c->curl_code))
        return "What answers there does not speak TLS: if its port is one for http, let s3.endpoint begin "
               "with "
               "http://; else use the port for https.";
    switch (retry_classify(c->curl_code, 0, NULL).reason) {
    case RETRY_CONNECT:
        return "Nothing answers there: check s3.endpoint, its port, and the network between here and it.";
    case RETRY_TIMEOUT: return "No answer came in time: check the network, and whether the server is well.";
    case RETRY_RESET:
    case RETRY_TRUNCATED:
        return "The connection broke: check whether s3.endpoint has the right scheme and port.";
    default:
        return "If it is about a certificate, set s3.ca_file to the authority that signed the server's; else "
               "check s3.endpoint.";
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
        return g_strdup_printf(
            "s3.endpoint has a path, %s, which goes before the bucket's name: leave it out, unless "
            "a proxy there wants it. The bucket belongs into the url.",
            c->base_path);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_strcmp0(c->code, known[i].code) == 0)
            return g_strdup(known[i].advice);
    }
    if (c->status == 401 || c->status == 403)
        return g_strdup_printf(
            "Give these credentials the right %s (in their own policy, or in the bucket's).", c->right);
    if (c->status == 404)
        return g_strdup("Create the bucket, or correct the url.");
    if (c->status == 400 && c->code == NULL && !c->is_https)
        return g_strdup(
            "What answers there does not speak S3: if its port is one for https, let s3.endpoint begin "
            "with https://.");
    if (c->status / 100 == 2)
        return g_strdup("Check s3.endpoint: what answers there does not speak S3.");
    if (c->status >= 500)
        return g_strdup("The server has a problem of its own: look there, or try again later.");
    return g_strdup("The server's own words say what it did not like; check s3.endpoint and the url.");
}
