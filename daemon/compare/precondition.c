#include "daemon/compare/precondition.h"

#include <string.h>

#include "base/error.h"
#include "config/model.h"
#include "s3/call.h"
#include "store/bucket_store.h"

#define TEXT "thumbmill"

struct Precondition {
    Store *store;
    char *key;
    char *problem;
    GError *error; /* set if it may pass */
    S3Call *call;  /* NULL when none is running */
    PreconditionFunc func;
    void *user;
};

static void put(Precondition *precondition, const char *const *headers, S3CallDone done)
{
    precondition->call =
        s3_call_start(store_client(precondition->store), &(S3CallOptions){.kind = HTTP_PUT,
                                                                          .key = precondition->key,
                                                                          .headers = headers,
                                                                          .body = TEXT,
                                                                          .body_bytes = strlen(TEXT),
                                                                          .done = done,
                                                                          .user = precondition});
}

static void finish(Precondition *precondition)
{
    g_autofree char *problem = g_steal_pointer(&precondition->problem); /* outlives precondition */
    g_autoptr(GError) error = g_steal_pointer(&precondition->error);

    precondition->call = NULL;
    precondition->func(problem, error, precondition->user); /* may free precondition */
}

static void take_failure(Precondition *precondition, const GError *error)
{
    if (error_may_pass(error))
        precondition->error = g_error_copy(error);
    else
        precondition->problem = g_strdup(error->message);
}

/* 3. Whether the object could be deleted does not matter: the next test overwrites it. */
static void on_removed(const HttpResponse *response, const GError *error, void *user)
{
    (void)response;
    (void)error;
    finish(user);
}

/* 2. The object exists now: the server has to refuse. */
static void on_put_again(const HttpResponse *response, const GError *error, void *user)
{
    Precondition *precondition = user;

    if (error == NULL)
        precondition->problem = g_strdup("the server ignores If-None-Match");
    else if (response == NULL || http_response_status(response) != 412)
        take_failure(precondition, error);
    precondition->call = s3_call_start(
        store_client(precondition->store),
        &(S3CallOptions){
            .kind = HTTP_DELETE, .key = precondition->key, .done = on_removed, .user = precondition});
}

/* 1. The object is uploaded, whether or not it existed. */
static void on_put(const HttpResponse *response, const GError *error, void *user)
{
    static const char *const headers[] = {"If-None-Match: *", NULL};
    Precondition *precondition = user;

    (void)response;
    if (error == NULL) {
        put(precondition, headers, on_put_again);
        return;
    }
    take_failure(precondition, error);
    finish(precondition);
}

Precondition *precondition_try(Store *store, PreconditionFunc func, void *data)
{
    Precondition *precondition = g_new0(Precondition, 1);

    precondition->store = store;
    precondition->key = g_strconcat(store_prefix(store), CONFIG_PRECONDITION_KEY, NULL);
    precondition->func = func;
    precondition->user = data;
    put(precondition, NULL, on_put);
    return precondition;
}

void precondition_free(Precondition *precondition)
{
    if (precondition == NULL)
        return;
    s3_call_cancel(precondition->call);
    g_free(precondition->key);
    g_free(precondition->problem);
    g_clear_error(&precondition->error);
    g_free(precondition);
}
