/* Tests the providers that ask a local service, against a peer that imitates the service. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "s3/aws/credentials_json.h"
#include "tests/s3/provider_bench.h"

#define KEYS                                                                                                 \
    "{\"Code\": \"Success\", \"Type\": \"AWS-HMAC\", \"AccessKeyId\": \"id\", \"SecretAccessKey\": "         \
    "\"s3cr3t\", "                                                                                           \
    "\"Token\": \"tok\", \"Expiration\": \"2033-05-18T03:33:20Z\"}"

static void container_open(Bench *bench, const char *const *script, const char *more_name,
                           const char *more_value)
{
    const char *variables[] = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "PEER/v1/credentials", more_name,
                               more_value, NULL};

    bench_open(bench, script, variables);
}

static void imds_open(Bench *bench, const char *const *script)
{
    static const char *const variables[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "PEER/", NULL};

    bench_open(bench, script, variables);
}

Test(credentials_services, a_container_answers)
{
    static const char *const script[] = {OK(KEYS), NULL};
    Bench bench;

    container_open(&bench, script, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    cr_assert(g_str_has_suffix(credentials_source(bench.answer.credentials), "/v1/credentials"));
    bench_end(&bench);
    bench_expect_request(&bench, 0, "GET /v1/credentials HTTP/1.1\r\n", "\r\nAuthorization: Basic abc\r\n");
    bench_clear(&bench);
}

/* The file is replaced between fetches, as on EKS. */
Test(credentials_services, a_containers_token_file_is_read_by_each_fetch)
{
    static const char *const script[] = {OK(KEYS), OK(KEYS), NULL};
    g_autofree char *directory = g_dir_make_tmp("test-token-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "token", NULL);
    Bench bench;

    container_open(&bench, script, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, path);
    cr_assert(g_file_set_contents(path, "first\n", -1, NULL));
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    cr_assert(g_file_set_contents(path, "second", -1, NULL));
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    cr_assert(g_file_set_contents(path, "s3cr3t\r\nX-Other: header", -1, NULL));
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "more than one line");
    bench_end(&bench);
    cr_assert_eq(bench.peer.requests->len, 2);
    bench_expect_request(&bench, 0, "GET ", "\r\nAuthorization: first\r\n");
    bench_expect_request(&bench, 1, "GET ", "\r\nAuthorization: second\r\n");
    bench_clear(&bench);
    (void)g_unlink(path);
    (void)g_rmdir(directory);
}

Test(credentials_services, what_may_pass_is_tried_again)
{
    static const char *const script[] = {STATUS("500 Oops"), "", OK(KEYS), NULL};
    static const char *const denied[] = {STATUS("403 Forbidden"), NULL};
    Bench bench;

    container_open(&bench, script, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    cr_assert_eq(bench.peer.requests->len, 3);
    bench_clear(&bench);

    container_open(&bench, denied, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "/v1/credentials: status 403");
    bench_end(&bench);
    bench_clear(&bench);
}

Test(credentials_services, a_silent_container_is_given_up)
{
    static const char *const script[] = {STATUS("200 OK"), NULL};
    Bench bench;
    const gint64 start_us = clock_now_us();

    container_open(&bench, script, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "not a JSON object");
    /* The script is over: the kernel still accepts connections, but nobody answers. */
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_UNAVAILABLE, "/v1/credentials: ");
    cr_assert_lt(clock_now_us() - start_us, 15 * CLOCK_US_PER_S);
    bench_end(&bench);
    bench_clear(&bench);
}

static void assert_url(const char *url, gboolean is_allowed)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GVariant) environment =
        g_variant_ref_sink(g_variant_new_parsed("{'AWS_CONTAINER_CREDENTIALS_FULL_URI': %s}", url));
    g_autoptr(GError) error = NULL;
    g_autoptr(CredentialsProvider) provider = credentials_chain_choose(
        &(CredentialsOptions){.environment = environment, .context = context}, &error);

    cr_assert_eq(provider != NULL, is_allowed, "%s", url);
    cr_assert(is_allowed || error_class(error) == ERROR_PERMANENT);
}

Test(credentials_services, a_token_goes_to_no_other_host_in_the_clear)
{
    assert_url("http://169.254.170.2/x", TRUE);
    assert_url("http://169.254.170.23/v1/credentials", TRUE);
    assert_url("http://[fd00:ec2::23]/v1", TRUE);
    assert_url("http://localhost:8080/", TRUE);
    assert_url("https://example.com/x", TRUE);
    assert_url("http://example.com/x", FALSE);
    assert_url("http://169.254.170.2.example.com/", FALSE);
    assert_url("http://localhost@example.com/", FALSE);
    assert_url("ftp://localhost/", FALSE);
    assert_url("file:///etc/passwd", FALSE);
    assert_url("https:///x", FALSE);
    assert_url("localhost", FALSE);
}

Test(credentials_services, an_instance_gives_the_keys_of_its_role)
{
    static const char *const script[] = {OK("tok-1"), OK("my role\n"), OK(KEYS), NULL};
    Bench bench;

    imds_open(&bench, script);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    bench_expect_request(&bench, 0, "PUT /latest/api/token HTTP/1.1\r\n",
                         "\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n");
    bench_expect_request(&bench, 1, "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n",
                         "\r\nX-aws-ec2-metadata-token: tok-1\r\n");
    bench_expect_request(&bench, 2, "GET /latest/meta-data/iam/security-credentials/my%20role HTTP/1.1\r\n",
                         "\r\nX-aws-ec2-metadata-token: tok-1\r\n");
    bench_clear(&bench);
}

Test(credentials_services, what_is_wrong_with_an_instance_is_said)
{
    static const char *const no_role[] = {OK("t"), STATUS("404 Not Found"), NULL};
    static const char *const old[] = {STATUS("403 Forbidden"), NULL};
    static const char *const odd[] = {OK("t"), OK("r"),
                                      OK("{\"Code\": \"Assume\\u001bX\", \"Message\": \"no\"}"), NULL};
    static const char *const split[] = {OK("t\r\nX-Other: 1"), NULL};
    static const struct {
        const char *const *script;
        const char *words;
    } cases[] = {{no_role, "this EC2 instance has no role"},
                 {old, "no response from the EC2 metadata service: "},
                 {odd, "the role of this EC2 instance: Assume"},
                 {split, "the session token is malformed"}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Bench bench;

        imds_open(&bench, cases[i].script);
        bench_fetch(&bench);
        bench_expect_failure(&bench, ERROR_PERMANENT, cases[i].words);
        cr_assert(
            g_str_has_prefix(bench.answer.error->message, "no credentials: s3.credentials_file is not set; "),
            "%s", bench.answer.error->message);
        cr_assert_null(strchr(bench.answer.error->message, '\033'));
        bench_end(&bench);
        bench_clear(&bench);
    }
}

/* When its control plane is down, the service returns expired credentials, which EC2 still accepts. */
Test(credentials_services, an_instances_expired_keys_are_used_for_a_while)
{
    static const char *const script[] = {OK("t"), OK("r"),
                                         OK("{\"AccessKeyId\": \"id\", \"SecretAccessKey\": \"s3cr3t\", "
                                            "\"Expiration\": \"2001-01-01T00:00:00Z\"}"),
                                         NULL};
    Bench bench;
    gint64 left_s;

    imds_open(&bench, script);
    bench_fetch(&bench);
    cr_assert_not_null(bench.answer.credentials);
    left_s = credentials_expiry_s(bench.answer.credentials) - clock_wall_us() / CLOCK_US_PER_S;
    cr_assert(left_s > 800 && left_s <= 900, "%" G_GINT64_FORMAT, left_s);
    bench_end(&bench);
    bench_clear(&bench);
}

static void assert_json_refused(const char *text, const char *words)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(credentials_from_json(text, CREDENTIALS_JSON_SERVICE, "here", &error), "%s", text);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert_str_eq(error->message, words);
}

Test(credentials_services, answers_that_are_none)
{
    assert_json_refused("", "here: the response is not a JSON object");
    assert_json_refused("<html>", "here: the response is not a JSON object");
    assert_json_refused("[]", "here: the response is not a JSON object");
    assert_json_refused("{} x", "here: the response is not a JSON object");
    assert_json_refused("{}", "here: the response has no AccessKeyId");
    assert_json_refused("{\"AccessKeyId\": 1}", "here: the response has no AccessKeyId");
    assert_json_refused("{\"AccessKeyId\": \"i\", \"SecretAccessKey\": \"\"}",
                        "here: the response has no SecretAccessKey");
    assert_json_refused("{\"AccessKeyId\": \"i\", \"SecretAccessKey\": \"s\", \"Expiration\": \"s3cr3t\"}",
                        "here: the response's Expiration is not a time in ISO 8601");
    assert_json_refused("{\"Code\": \"Failed\"}", "here: Failed: no reason");
}

typedef struct {
    Bench *bench;
    char *told;
} Freer;

static void free_provider(Credentials *credentials, const GError *error, void *user)
{
    Freer *freer = user;

    g_clear_pointer(&freer->bench->provider, credentials_provider_free);
    freer->told = g_strdup(error != NULL ? error->message : credentials_access_key_id(credentials));
}

/* Frees the provider's HTTP client inside that client's callback. */
static char *fetch_and_free(Bench *bench)
{
    Freer freer = {.bench = bench};

    credentials_provider_fetch(bench->provider, free_provider, &freer);
    while (freer.told == NULL)
        g_main_context_iteration(bench->context, TRUE);
    peer_join(&bench->peer);
    bench_clear(bench);
    return freer.told;
}

Test(credentials_services, who_gets_the_answer_may_free_the_provider)
{
    static const char *const well[] = {OK(KEYS), NULL};
    static const char *const refused[] = {STATUS("403 No"), NULL};
    static const char *const no_instance[] = {STATUS("404 Not Found"), NULL};
    g_autofree char *keys = NULL, *container = NULL, *instance = NULL;
    Bench bench;

    container_open(&bench, well, NULL, NULL);
    keys = fetch_and_free(&bench);
    cr_assert_str_eq(keys, "id");
    container_open(&bench, refused, NULL, NULL);
    container = fetch_and_free(&bench);
    cr_assert(strstr(container, "403") != NULL, "%s", container);
    imds_open(&bench, no_instance);
    instance = fetch_and_free(&bench);
    cr_assert(strstr(instance, "404") != NULL, "%s", instance);
}
