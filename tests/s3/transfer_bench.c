#include "tests/s3/transfer_bench.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"

void on_outcome(const GError *error, void *data)
{
    Outcome *outcome = data;

    outcome->calls++;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

void run_clear(Run *run)
{
    peer_clear(&run->peer);
    g_clear_error(&run->error);
    blob_unref(run->blob);
}

const char *more_query = "";

/* If put and check are NULL, runs a GET. */
static void run_one(Run *run, const char *const *script, const TransferGet *get, const TransferPut *put,
                    const TransferCheck *check)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(HttpClient) client = NULL;
    g_autofree char *url = NULL;
    Outcome outcome = {0};

    *run = (Run){.blob = blob_new("t", 100, NULL)};
    client = http_client_new(context, NULL, &run->counters, NULL);
    peer_start(&run->peer, script);
    url =
        g_strdup_printf("http://127.0.0.1:%u/b/k%%20y?X-Amz-Signature=s3cr3t%s", run->peer.port, more_query);
    run->took_us = -clock_now_us();
    if (put != NULL) {
        TransferPut options = *put;

        options.url = url;
        transfer_put(client, &options, on_outcome, &outcome);
    } else if (check != NULL) {
        TransferCheck options = *check;

        options.url = url;
        transfer_check(client, &options, on_outcome, &outcome);
    } else {
        TransferGet options = get != NULL ? *get : (TransferGet){.max_bytes = 100, .expected_bytes = -1};

        options.url = url;
        options.into = run->blob;
        transfer_get(client, &options, on_outcome, &outcome);
    }
    cr_assert_eq(outcome.calls, 0, "the callback came from the function that starts");
    while (outcome.calls == 0)
        g_main_context_iteration(context, TRUE);
    run->took_us += clock_now_us();
    peer_join(&run->peer);
    cr_assert_eq(outcome.calls, 1);
    run->error = outcome.error;
    cr_assert(run->error == NULL || strstr(run->error->message, "s3cr3t") == NULL, "%s", run->error->message);
}

void run(Run *run, const char *const *script, const TransferGet *get, const TransferPut *put)
{
    run_one(run, script, get, put, NULL);
}

void run_check(Run *run, const char *const *script)
{
    run_one(run, script, NULL, NULL, &(TransferCheck){.etag = "e1"});
}

void assert_blob(Run *run, const char *text)
{
    cr_assert_null(run->error, "%s", run->error != NULL ? run->error->message : "");
    cr_assert(blob_seal(run->blob, NULL));
    cr_assert_eq(blob_size(run->blob), strlen(text));
    cr_assert(*text == '\0' || memcmp(blob_data(run->blob), text, strlen(text)) == 0);
}
