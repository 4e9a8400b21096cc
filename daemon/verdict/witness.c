#include "daemon/verdict/witness.h"

#include "base/error.h"
#include "base/timer.h"
#include "s3/call.h"
#include "store/bucket_store.h"
#include "store/file.h"

#define MAX_QUERY 3u

struct Witness {
    char *path; /* path in a directory; NULL for a bucket */
    Timer *timer;
    Sigv4Pair query[MAX_QUERY];
    S3Call *call; /* NULL when none is running */
    WitnessFunc func;
    void *user;
};

static void tell(Witness *witness, const GError *error)
{
    witness->func(error == NULL || !error_may_pass(error), witness->user); /* may free witness */
}

static void on_answer(const HttpResponse *response, const GError *error, void *user)
{
    Witness *witness = user;

    (void)response;
    witness->call = NULL;
    tell(witness, error);
}

static void look_at_path(void *data)
{
    Witness *witness = data;
    g_autoptr(GError) error = NULL;

    (void)file_touch(witness->path, &error);
    tell(witness, error);
}

static void ask_for_byte(Witness *witness, S3Client *client, const char *key)
{
    static const char *const headers[] = {"Range: bytes=0-0", NULL};

    witness->call = s3_call_start(client, &(S3CallOptions){.kind = HTTP_CHECK,
                                                           .key = key,
                                                           .headers = headers,
                                                           .attempts = 1,
                                                           .done = on_answer,
                                                           .user = witness});
}

static void ask_for_list(Witness *witness, S3Client *client, const char *prefix)
{
    gsize n = 0;

    if (!s3_client_dialect(client)->lists_by_marker)
        witness->query[n++] = (Sigv4Pair){"list-type", "2"};
    witness->query[n++] = (Sigv4Pair){"max-keys", "1"};
    witness->query[n++] = (Sigv4Pair){"prefix", prefix};
    witness->call = s3_call_start(client, &(S3CallOptions){.kind = HTTP_LIST,
                                                           .key = "",
                                                           .query = witness->query,
                                                           .query_count = n,
                                                           .attempts = 1,
                                                           .done = on_answer,
                                                           .user = witness});
}

Witness *witness_ask(Store *store, const char *key, GMainContext *context, WitnessFunc func, void *data)
{
    Witness *witness = g_new0(Witness, 1);
    g_autofree char *full = g_strconcat(store_prefix(store), key, NULL);

    witness->func = func;
    witness->user = data;
    witness->timer = timer_new(context, look_at_path, witness);
    if (store_is_directory(store)) {
        witness->path = g_steal_pointer(&full);
        timer_set(witness->timer, 0);
    } else if (key != NULL) {
        ask_for_byte(witness, store_client(store), full);
    } else {
        ask_for_list(witness, store_client(store), store_prefix(store));
    }
    return witness;
}

void witness_free(Witness *witness)
{
    if (witness == NULL)
        return;
    s3_call_cancel(witness->call);
    timer_free(witness->timer);
    g_free(witness->path);
    g_free(witness);
}
