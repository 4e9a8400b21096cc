#include "s3/check.h"

#include "s3/call.h"

struct S3Check {
    S3Client *client;
    S3Call *call; /* the running request, or NULL */
};

S3Check *s3_check_new(S3Client *client)
{
    S3Check *check = g_new0(S3Check, 1);

    check->client = client;
    return check;
}

static void on_answer(const HttpResponse *response, const GError *error, void *user)
{
    S3Check *check = user;

    (void)response;
    (void)error;
    check->call = NULL;
}

void s3_check_run(S3Check *check)
{
    static const Sigv4Pair query[] = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", ""}};

    if (check->call == NULL)
        check->call = s3_call_start(check->client, &(S3CallOptions){.kind = HTTP_LIST,
                                                                    .key = "",
                                                                    .query = query,
                                                                    .query_count = G_N_ELEMENTS(query),
                                                                    .done = on_answer,
                                                                    .user = check});
}

void s3_check_free(S3Check *check)
{
    if (check == NULL)
        return;
    s3_call_cancel(check->call);
    g_free(check);
}
