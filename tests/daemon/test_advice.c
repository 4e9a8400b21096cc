#include "daemon/advice.h"

#include <criterion/criterion.h>
#include <curl/curl.h>
#include <string.h>

Test(advice, says_what_to_do)
{
    static const struct {
        AdviceCase c;
        const char *words;
    } table[] = {
        {{CURLE_COULDNT_CONNECT, 0, NULL, ""}, "Nothing answers there"},
        {{CURLE_COULDNT_RESOLVE_HOST, 0, NULL, ""}, "Nothing answers there"},
        {{CURLE_OPERATION_TIMEDOUT, 0, NULL, ""}, "No answer came in time"},
        {{CURLE_RECV_ERROR, 200, NULL, ""}, "right scheme and port"},
        {{CURLE_PEER_FAILED_VERIFICATION, 0, NULL, ""}, "s3.ca_file"},
        {{0, 403, "SignatureDoesNotMatch", ""}, "secret key does not belong"},
        {{0, 403, "InvalidAccessKeyId", ""}, "does not know this access key"},
        {{0, 403, "AccessDenied", "s3:PutObject"}, "the right s3:PutObject"},
        {{0, 403, NULL, "s3:GetObject"}, "the right s3:GetObject"},
        {{0, 403, "RequestTimeTooSkewed", ""}, "clock"},
        {{0, 404, "NoSuchBucket", ""}, "Create the bucket"},
        {{0, 404, NULL, ""}, "Create the bucket"},
        {{0, 301, "PermanentRedirect", ""}, "s3.region"},
        {{0, 200, NULL, ""}, "does not speak S3"},
        {{0, 500, "InternalError", ""}, "problem of its own"},
        {{0, 400, "Whatever", ""}, "own words"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *advice = advice_for(&table[i].c);

        cr_expect_not_null(strstr(advice, table[i].words), "%u: %s", i, advice);
        cr_expect(g_str_has_suffix(advice, ".") || g_str_has_suffix(advice, ".)"), "%s", advice);
    }
}
