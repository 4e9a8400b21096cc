#include "daemon/doctor/advice.h"

#include <criterion/criterion.h>
#include <curl/curl.h>
#include <string.h>

Test(advice, says_what_to_do)
{
    static const struct {
        AdviceCase c;
        const char *words;
    } table[] = {
        {{CURLE_COULDNT_CONNECT, 0, NULL, "", FALSE, NULL}, "No server responds"},
        {{CURLE_COULDNT_RESOLVE_HOST, 0, NULL, "", FALSE, NULL}, "No server responds"},
        {{CURLE_OPERATION_TIMEDOUT, 0, NULL, "", FALSE, NULL}, "did not respond in time"},
        {{CURLE_RECV_ERROR, 200, NULL, "", FALSE, NULL}, "right scheme and port"},
        {{CURLE_PEER_FAILED_VERIFICATION, 0, NULL, "", FALSE, NULL}, "s3.ca_file"},
        {{0, 403, "SignatureDoesNotMatch", "", FALSE, NULL}, "secret key does not match"},
        {{0, 403, "InvalidAccessKeyId", "", FALSE, NULL}, "does not know this access key"},
        {{0, 403, "AccessDenied", "s3:PutObject", FALSE, NULL}, "the permission s3:PutObject"},
        {{0, 403, NULL, "s3:GetObject", FALSE, NULL}, "the permission s3:GetObject"},
        {{0, 403, "RequestTimeTooSkewed", "", FALSE, NULL}, "clock"},
        {{0, 404, "NoSuchBucket", "", FALSE, NULL}, "Create the bucket"},
        {{0, 404, NULL, "", FALSE, NULL}, "Create the bucket"},
        {{0, 301, "PermanentRedirect", "", FALSE, NULL}, "s3.region"},
        {{0, 200, NULL, "", FALSE, NULL}, "not an S3 server"},
        {{0, 500, "InternalError", "", FALSE, NULL}, "The server failed"},
        {{0, 400, "Whatever", "", FALSE, NULL}, "server's message"},
        {{CURLE_SSL_CONNECT_ERROR, 0, NULL, "", TRUE, ""}, "with http://"},
        {{0, 400, NULL, "", FALSE, ""}, "with https://"},
        {{0, 400, NULL, "", TRUE, ""}, "server's message"},
        {{0, 404, "NoSuchBucket", "", TRUE, "/photos"}, "has a path, /photos, "},
        {{0, 200, NULL, "", TRUE, "/photos"}, "has a path, /photos, "},
        {{0, 403, "AccessDenied", "s3:PutObject", TRUE, "/s3"}, "the permission s3:PutObject"},
        {{0, 500, "InternalError", "", TRUE, "/s3"}, "The server failed"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *advice = advice_for(&table[i].c);

        cr_expect_not_null(strstr(advice, table[i].words), "%u: %s", i, advice);
        cr_expect(g_str_has_suffix(advice, ".") || g_str_has_suffix(advice, ".)"), "%s", advice);
    }
}
