#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "s3/aws/credentials_keeper.h"
#include "s3/client.h"

/* A provider that answers when told to, each time with another access key id: "id1", "id2", ... */
typedef struct {
    CredentialsProvider provider;
    Timer *answer;
    guint fetches;
    gint64 life_s; /* lifetime of its credentials; 0 makes it fail */
    CredentialsDone done;
    void *user;
} Fake;

typedef struct {
    GMainContext *context;
    Fake *fake; /* the keeper's provider */
    CredentialsKeeper *keeper;
} Bench;

typedef struct {
    guint calls;
    char *error; /* of the last call */
    ErrorClass class;
} Told;

static gint64 now_s(void)
{
    return clock_wall_us() / CLOCK_US_PER_S;
}

static void fake_answer(void *data)
{
    Fake *fake = data;
    g_autofree char *id = g_strdup_printf("id%u", fake->fetches);
    g_autoptr(Credentials) credentials = NULL;
    g_autoptr(GError) error = NULL;

    if (fake->life_s == 0)
        error_set(&error, ERROR_TRANSIENT, "no answer");
    else
        credentials =
            credentials_new_until(id, secret_new("s3cr3t", 6), NULL, "fake", now_s() + fake->life_s);
    fake->done(credentials, error, fake->user);
}

static void fake_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Fake *fake = (Fake *)provider;

    fake->fetches++;
    fake->done = done;
    fake->user = user;
    timer_set(fake->answer, 0);
}

static void fake_free(CredentialsProvider *provider)
{
    Fake *fake = (Fake *)provider;

    timer_free(fake->answer);
    g_free(fake);
}

static Bench bench_open(gint64 life_s)
{
    Bench bench = {.context = g_main_context_new(), .fake = g_new0(Fake, 1)};

    bench.fake->provider = (CredentialsProvider){fake_fetch, fake_free};
    bench.fake->answer = timer_new(bench.context, fake_answer, bench.fake);
    bench.fake->life_s = life_s;
    bench.keeper = credentials_keeper_new(&bench.fake->provider, bench.context);
    return bench;
}

static void bench_close(Bench *bench)
{
    credentials_keeper_free(bench->keeper);
    g_main_context_unref(bench->context);
}

static void on_told(const GError *error, void *user)
{
    Told *told = user;

    told->calls++;
    g_free(told->error);
    told->error = error != NULL ? g_strdup(error->message) : NULL;
    told->class = error != NULL ? error_class(error) : 0;
}

/* Runs the loop until this many fetches were made and nothing is due. */
static void run_until_fetches(Bench *bench, guint fetches)
{
    const gint64 end_us = clock_now_us() + 20 * CLOCK_US_PER_S;

    while (bench->fake->fetches < fetches && clock_now_us() < end_us)
        g_main_context_iteration(bench->context, TRUE);
    cr_assert_eq(bench->fake->fetches, fetches);
    while (g_main_context_iteration(bench->context, FALSE))
        continue;
}

static void assert_current(Bench *bench, const char *id)
{
    const Credentials *current = credentials_keeper_current(bench->keeper);

    cr_assert(g_strcmp0(current != NULL ? credentials_access_key_id(current) : NULL, id) == 0);
}

Test(credentials_keeper, asks_at_once_and_tells_who_waits)
{
    Bench bench = bench_open(3600);
    Told one = {0}, two = {0}, three = {0};

    assert_current(&bench, NULL);
    credentials_keeper_await(bench.keeper, NULL, on_told, &one);
    credentials_wait_cancel(credentials_keeper_await(bench.keeper, NULL, on_told, &two));
    run_until_fetches(&bench, 1);
    assert_current(&bench, "id1");
    cr_assert(one.calls == 1 && one.error == NULL);
    cr_assert_eq(two.calls, 0);
    credentials_keeper_await(bench.keeper, NULL, on_told, &three);
    cr_assert_eq(three.calls, 0, "not from await itself");
    run_until_fetches(&bench, 1);
    cr_assert_eq(three.calls, 1);
    bench_close(&bench);
}

/* Several requests are refused at a time: a single fetch serves them all. */
Test(credentials_keeper, what_is_refused_is_renewed_once)
{
    Bench bench = bench_open(3600);
    g_autoptr(Credentials) refused = NULL;
    Told one = {0}, two = {0}, late = {0};

    run_until_fetches(&bench, 1);
    refused = credentials_ref(credentials_keeper_current(bench.keeper));
    credentials_keeper_await(bench.keeper, refused, on_told, &one);
    credentials_keeper_await(bench.keeper, refused, on_told, &two);
    run_until_fetches(&bench, 2);
    assert_current(&bench, "id2");
    cr_assert(one.calls == 1 && two.calls == 1);
    credentials_keeper_await(bench.keeper, refused, on_told, &late);
    run_until_fetches(&bench, 2);
    cr_assert_eq(late.calls, 1);
    cr_assert_str_eq(credentials_access_key_id(refused), "id1");
    bench_close(&bench);
}

Test(credentials_keeper, renews_in_the_background)
{
    Bench bench = bench_open(4);
    const gint64 start_us = clock_now_us();

    run_until_fetches(&bench, 1);
    run_until_fetches(&bench, 2);
    assert_current(&bench, "id2");
    cr_assert_lt(clock_now_us() - start_us, 4 * CLOCK_US_PER_S, "before they expire");
    bench_close(&bench);
}

Test(credentials_keeper, a_failed_renewal_is_tried_again_while_the_old_ones_are_valid)
{
    Bench bench = bench_open(4);
    Told told = {0};

    run_until_fetches(&bench, 1);
    bench.fake->life_s = 0;
    run_until_fetches(&bench, 2);
    assert_current(&bench, "id1");
    credentials_keeper_await(bench.keeper, NULL, on_told, &told);
    run_until_fetches(&bench, 2);
    cr_assert(told.calls == 1 && told.error == NULL, "the old ones serve");
    bench.fake->life_s = 3600;
    run_until_fetches(&bench, 3);
    assert_current(&bench, "id3");
    bench_close(&bench);
}

Test(credentials_keeper, expired_ones_are_none)
{
    Bench bench = bench_open(2);
    Told told = {0};

    run_until_fetches(&bench, 1);
    bench.fake->life_s = 0;
    while (credentials_keeper_current(bench.keeper) != NULL)
        g_main_context_iteration(bench.context, FALSE);
    credentials_keeper_await(bench.keeper, NULL, on_told, &told);
    while (told.calls == 0)
        g_main_context_iteration(bench.context, TRUE);
    cr_assert_str_eq(told.error, "no answer");
    cr_assert_eq(told.class, ERROR_UNAVAILABLE, "there were some, so there may be others later");
    bench.fake->life_s = 3600;
    credentials_keeper_await(bench.keeper, NULL, on_told, &told);
    while (told.calls == 1)
        g_main_context_iteration(bench.context, TRUE);
    cr_assert_null(told.error);
    cr_assert_not_null(credentials_keeper_current(bench.keeper));
    bench_close(&bench);
}

Test(credentials_keeper, what_has_expired_already_is_a_failure)
{
    Bench bench = bench_open(-1);
    Told told = {0};

    credentials_keeper_await(bench.keeper, NULL, on_told, &told);
    run_until_fetches(&bench, 1);
    cr_assert_str_eq(told.error, "the credentials from fake have already expired");
    cr_assert_eq(told.class, ERROR_TRANSIENT);
    assert_current(&bench, NULL);
    g_free(told.error);
    bench_close(&bench);
}

Test(credentials_keeper, when_to_renew)
{
    cr_assert_float_eq(credentials_renewal_s(1000, 1000 + 3600, 0), 1000 + 2700, 0.001);
    cr_assert_float_eq(credentials_renewal_s(1000, 1000 + 3600, 1), 1000 + 2925, 0.001);
    cr_assert_float_eq(credentials_renewal_s(1000, 1000 + 15, 0), 1007.5, 0.001);
    cr_assert_float_eq(credentials_renewal_s(1000, 1000 + 15, 1), 1009.375, 0.001);
    cr_assert_float_eq(credentials_renewal_s(1000, 900, 0.5), 1000, 0.001);
}

static guint64 expiry_of(const char *url)
{
    const char *expires = strstr(url, "X-Amz-Expires=");

    cr_assert_not_null(expires, "%s", url);
    return g_ascii_strtoull(expires + strlen("X-Amz-Expires="), NULL, 10);
}

Test(credentials_keeper, a_presigned_url_does_not_outlive_its_credentials)
{
    Bench bench = bench_open(100);
    RequestCounters counters = {0};
    g_autoptr(HttpClient) http = http_client_new(bench.context, NULL, &counters, NULL);
    Endpoint *endpoint = endpoint_new(&(EndpointOptions){.url = "http://127.0.0.1:1"}, "bucket", NULL);
    g_autoptr(S3Client) client = s3_client_new(endpoint, bench.keeper, http, 1);
    g_autofree char *late = NULL, *early = NULL;
    g_autoptr(GError) error = NULL;
    Told told = {0};

    cr_assert_null(s3_client_presign(client, HTTP_GET, "k", NULL, 60, &error));
    cr_assert_eq(error_class(error), ERROR_UNAVAILABLE);
    run_until_fetches(&bench, 1);
    early = s3_client_presign(client, HTTP_GET, "k", NULL, 60, NULL);
    late = s3_client_presign(client, HTTP_GET, "k", NULL, 3600, NULL);
    cr_assert_eq(expiry_of(early), 60);
    cr_assert(expiry_of(late) <= 100 && expiry_of(late) > 90, "%s", late);
    cr_assert(strstr(late, "X-Amz-Credential=id1%2F") != NULL, "%s", late);
    g_free(late);
    credentials_keeper_await(bench.keeper, credentials_keeper_current(bench.keeper), on_told, &told);
    run_until_fetches(&bench, 2);
    late = s3_client_presign(client, HTTP_GET, "k", NULL, 3600, NULL);
    cr_assert(strstr(late, "X-Amz-Credential=id2%2F") != NULL, "%s", late);
    bench_close(&bench);
}

static gboolean can_presign(S3Client *client)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *url = s3_client_presign(client, HTTP_PUT, "k", NULL, 60, &error);

    cr_assert(url != NULL || error_class(error) == ERROR_UNAVAILABLE);
    return url != NULL;
}

static gboolean can_sign(S3Client *client)
{
    g_autofree char *url = NULL;
    g_auto(GStrv) lines = s3_client_sign(
        client, &(S3Request){.kind = HTTP_PUT, .key = "k", .payload_hash = SIGV4_UNSIGNED_PAYLOAD}, &url);

    return lines != NULL;
}

/* The provider is unreachable until the credentials have expired and no renewal is due any more. */
static void assert_wakes(gboolean (*is_signed)(S3Client *))
{
    Bench bench = bench_open(2);
    RequestCounters counters = {0};
    g_autoptr(HttpClient) http = http_client_new(bench.context, NULL, &counters, NULL);
    Endpoint *endpoint = endpoint_new(&(EndpointOptions){.url = "http://127.0.0.1:1"}, "bucket", NULL);
    g_autoptr(S3Client) client = s3_client_new(endpoint, bench.keeper, http, 1);
    guint fetches;

    run_until_fetches(&bench, 1);
    cr_assert(is_signed(client) && s3_client_can_sign(client));
    bench.fake->life_s = 0;
    while (credentials_keeper_current(bench.keeper) != NULL)
        g_main_context_iteration(bench.context, TRUE);
    while (g_main_context_iteration(bench.context, FALSE))
        continue;
    fetches = bench.fake->fetches;
    cr_assert_not(s3_client_can_sign(client));
    cr_assert(!is_signed(client) && !is_signed(client), "who asks twice has them fetched once");
    run_until_fetches(&bench, fetches + 1);
    bench.fake->life_s = 3600;
    cr_assert_not(is_signed(client));
    run_until_fetches(&bench, fetches + 2);
    cr_assert(is_signed(client) && s3_client_can_sign(client));
    cr_assert_eq(bench.fake->fetches, fetches + 2);
    bench_close(&bench);
}

Test(credentials_keeper, who_cannot_sign_has_expired_ones_fetched_again)
{
    assert_wakes(can_presign);
    assert_wakes(can_sign);
}

typedef struct {
    Bench *bench;
    CredentialsWait *other; /* a wait to cancel, or NULL */
    char *error;            /* the error's text after everything else was done */
    guint calls;
} Rude;

static void cancel_other(const GError *error, void *user)
{
    Rude *rude = user;

    rude->calls++;
    credentials_wait_cancel(rude->other);
    rude->error = g_strdup(error->message);
}

static void free_keeper(const GError *error, void *user)
{
    Rude *rude = user;

    rude->calls++;
    g_clear_pointer(&rude->bench->keeper, credentials_keeper_free);
    rude->error = g_strdup(error->message);
}

/* One failure ends many requests, and so the waits of others; the last one frees the keeper too. */
Test(credentials_keeper, who_is_told_may_cancel_others_and_free_the_keeper)
{
    Bench bench = bench_open(0);
    Rude first = {.bench = &bench}, last = {.bench = &bench};
    Told cancelled = {0};

    credentials_keeper_await(bench.keeper, NULL, cancel_other, &first);
    first.other = credentials_keeper_await(bench.keeper, NULL, on_told, &cancelled);
    credentials_keeper_await(bench.keeper, NULL, free_keeper, &last);
    while (bench.keeper != NULL)
        g_main_context_iteration(bench.context, TRUE);
    cr_assert(first.calls == 1 && cancelled.calls == 0 && last.calls == 1);
    cr_assert_str_eq(first.error, "no answer");
    cr_assert_str_eq(last.error, "no answer");
    g_free(first.error);
    g_free(last.error);
    bench_close(&bench);
}
