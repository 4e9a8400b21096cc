/* Tests the roles of STS, against a peer that imitates STS. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "s3/aws/sts_xml.h"
#include "tests/s3/provider_bench.h"

#define ROLE_OF(key, token, end)                                                                             \
    "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"              \
    "<AssumeRoleWithWebIdentityResult><SubjectFromWebIdentityToken>system:me</SubjectFromWebIdentityToken>"  \
    "<Audience>sts.amazonaws.com</Audience><AssumedRoleUser><Arn>arn:x</Arn></AssumedRoleUser>"              \
    "<Credentials><SecretAccessKey>" key "</SecretAccessKey><SessionToken>" token "</SessionToken>"          \
    "<Expiration>" end "</Expiration><AccessKeyId>id</AccessKeyId></Credentials>"                            \
    "<Provider>p</Provider></AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>r</RequestId>"     \
    "</ResponseMetadata></AssumeRoleWithWebIdentityResponse>"
#define ROLE ROLE_OF("s3cr3t", "tok", "2033-05-18T03:33:20Z")

#define REFUSAL(status, code)                                                                                \
    "HTTP/1.1 " status "\r\n\r\n<ErrorResponse><Error><Type>Sender</Type><Code>" code                        \
    "</Code><Message>Not\nyou</Message></Error><RequestId>r</RequestId></ErrorResponse>"

/* Uses a token in a file, and the peer as STS. */
static void identity_open(Bench *bench, const char *const *script, const char *path)
{
    const char *variables[] = {"AWS_WEB_IDENTITY_TOKEN_FILE",
                               path,
                               "AWS_ROLE_ARN",
                               "arn:aws:iam::123456789012:role/mill",
                               "AWS_ROLE_SESSION_NAME",
                               "photos=1",
                               "AWS_ENDPOINT_URL_STS",
                               "PEER",
                               NULL};

    bench_open(bench, script, variables);
}

Test(credentials_sts, a_web_identity_gets_the_keys_of_its_role)
{
    static const char *const script[] = {OK(ROLE), OK(ROLE), NULL};
    g_autofree char *path = bench_write_file("token", "header.first+/=\n");
    Bench bench;

    identity_open(&bench, script, path);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    cr_assert_str_eq(credentials_source(bench.answer.credentials),
                     "role arn:aws:iam::123456789012:role/mill");
    /* replaced, as the issuer of the token does */
    cr_assert(g_file_set_contents(path, "second", -1, NULL));
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    bench_expect_request(&bench, 0, "POST / HTTP/1.1\r\n",
                         "\r\n\r\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15"
                         "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fmill&RoleSessionName=photos%3D1"
                         "&WebIdentityToken=header.first%2B%2F%3D");
    bench_expect_request(&bench, 0, "POST / HTTP/1.1\r\n",
                         "\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    cr_assert_null(peer_header(&bench.peer, 0, "Authorization"));
    bench_expect_request(&bench, 1, "POST ", "&WebIdentityToken=second");
    bench_clear(&bench);
    bench_remove_file(path);
}

Test(credentials_sts, a_token_that_cannot_be_had_is_said)
{
    static const char *const script[] = {NULL};
    g_autofree char *path = bench_write_file("token", " \n");
    g_autofree char *large = g_strnfill(20001, 'a');
    Bench bench;

    identity_open(&bench, script, path);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "contains no web identity token");
    cr_assert(g_file_set_contents(path, large, -1, NULL));
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "more than 20000 bytes");
    (void)g_unlink(path);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "No such file");
    cr_assert(strstr(bench.answer.error->message, path) != NULL);
    bench_end(&bench);
    bench_clear(&bench);
    bench_remove_file(path);
}

Test(credentials_sts, what_sts_says_is_said)
{
    static const char *const refused[] = {REFUSAL("403 Forbidden", "AccessDenied"), NULL};
    static const char *const expired[] = {REFUSAL("400 Bad Request", "ExpiredTokenException"), NULL};
    static const char *const garbage[] = {OK("<html><p>Welcome</html>"), NULL};
    static const char *const other[] = {OK("<Welcome/>"), NULL};
    static const char *const no_key[] = {OK(ROLE_OF("", "tok", "2033-05-18T03:33:20Z")), NULL};
    static const char *const no_token[] = {OK(ROLE_OF("s3cr3t", "", "2033-05-18T03:33:20Z")), NULL};
    static const char *const no_time[] = {OK(ROLE_OF("s3cr3t", "tok", "soon")), NULL};
    static const struct {
        const char *const *script;
        ErrorClass class;
        const char *words;
    } cases[] = {{refused, ERROR_PERMANENT, "/: status 403 AccessDenied: Not"},
                 {expired, ERROR_TRANSIENT, "/: status 400 ExpiredTokenException: Not"},
                 {garbage, ERROR_TRANSIENT, "role/mill: a response that is not XML"},
                 {other, ERROR_PERMANENT, "role/mill: the response has no AccessKeyId"},
                 {no_key, ERROR_PERMANENT, "role/mill: the response has no SecretAccessKey"},
                 {no_token, ERROR_PERMANENT, "role/mill: the response has no SessionToken"},
                 {no_time, ERROR_PERMANENT, "role/mill: the response has no Expiration"}};
    g_autofree char *path = bench_write_file("token", "t");

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Bench bench;

        identity_open(&bench, cases[i].script, path);
        bench_fetch(&bench);
        bench_expect_failure(&bench, cases[i].class, cases[i].words);
        cr_assert_null(strchr(bench.answer.error->message, '\n'));
        bench_end(&bench);
        cr_assert_eq(bench.peer.requests->len, 1);
        bench_clear(&bench);
    }
    bench_remove_file(path);
}

Test(credentials_sts, what_may_pass_is_tried_again)
{
    static const char *const script[] = {REFUSAL("400 Bad Request", "IDPCommunicationError"), "", OK(ROLE),
                                         NULL};
    g_autofree char *path = bench_write_file("token", "t");
    Bench bench;

    identity_open(&bench, script, path);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    cr_assert_eq(bench.peer.requests->len, 3);
    bench_expect_request(&bench, 2, "POST ", "&WebIdentityToken=t");
    bench_clear(&bench);
    bench_remove_file(path);
}

Test(credentials_sts, an_endless_answer_is_cut)
{
    g_autofree char *filler = g_strnfill(70000, ' ');
    g_autofree char *text = g_strconcat(OK(""), filler, ROLE, NULL);
    const char *script[] = {text, NULL};
    g_autofree char *path = bench_write_file("token", "t");
    Bench bench;

    identity_open(&bench, script, path);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "a response of more than 65536 bytes");
    bench_end(&bench);
    bench_clear(&bench);
    bench_remove_file(path);
}

static void expect_refused(const char *variables, const char *words)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GVariant) environment = g_variant_ref_sink(g_variant_new_parsed(variables));
    g_autoptr(GError) error = NULL;

    cr_assert_null(credentials_chain_choose(
        &(CredentialsOptions){.environment = environment, .context = context}, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, words) != NULL, "%s", error->message);
}

Test(credentials_sts, settings_that_cannot_be)
{
    expect_refused("{'AWS_WEB_IDENTITY_TOKEN_FILE': '/t'}", "AWS_ROLE_ARN, the role to assume");
    expect_refused("{'AWS_WEB_IDENTITY_TOKEN_FILE': '/t', 'AWS_ROLE_ARN': 'a', 'AWS_REGION': 'evil.com/'}",
                   "'evil.com/' is not an AWS region");
    expect_refused("{'AWS_WEB_IDENTITY_TOKEN_FILE': '/t', 'AWS_ROLE_ARN': 'a', 'AWS_ENDPOINT_URL': 'sts'}",
                   "'sts' is not an endpoint");
    expect_refused("{'AWS_WEB_IDENTITY_TOKEN_FILE': '/t', 'AWS_ROLE_ARN': 'a', 'AWS_CA_BUNDLE': '/nowhere'}",
                   "/nowhere: No such file");
}

/* Assumes the role that a config file with this text describes. */
static void role_open(Bench *bench, const char *const *script, const char *config, const char *more_name,
                      const char *more_value)
{
    const char *variables[] = {
        "AWS_CONFIG_FILE", config,    "AWS_PROFILE", "mill", "AWS_ENDPOINT_URL_STS", "PEER", "AWS_REGION",
        "eu-west-1",       more_name, more_value,    NULL};

    bench_open(bench, script, variables);
}

static void expect_signature(const Bench *bench, guint i, const char *id)
{
    const char *signature = peer_header(&bench->peer, i, "Authorization: AWS4-HMAC-SHA256 Credential=");

    cr_assert_not_null(signature);
    cr_assert(g_str_has_prefix(signature, id), "%s", signature);
    cr_assert(strstr(signature, "/eu-west-1/sts/aws4_request,SignedHeaders=content-type;host;") != NULL, "%s",
              signature);
}

static const char keys_and_role[] =
    "[profile mill]\nrole_arn = arn:aws:iam::1:role/last\nsource_profile = middle\n"
    "duration_seconds = 1800\n"
    "[profile middle]\nrole_arn = arn:aws:iam::1:role/first\n"
    "source_profile = keys\nexternal_id = a b\nrole_session_name = me\n"
    "[profile keys]\naws_access_key_id = own\naws_secret_access_key = s3cr3t-own\n";

Test(credentials_sts, roles_are_assumed_one_after_another)
{
    static const char *const script[] = {OK(ROLE_OF("s3cr3t-1", "tok-1", "2033-05-18T03:33:20Z")), OK(ROLE),
                                         NULL};
    g_autofree char *path = bench_write_file("config", keys_and_role);
    Bench bench;

    role_open(&bench, script, path, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    cr_assert_str_eq(credentials_source(bench.answer.credentials), "role arn:aws:iam::1:role/last");
    bench_end(&bench);
    expect_signature(&bench, 0, "own/");
    cr_assert_null(peer_header(&bench.peer, 0, "x-amz-security-token: "));
    bench_expect_request(
        &bench, 0, "POST / HTTP/1.1\r\n",
        "\r\n\r\nAction=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Ffirst"
        "&RoleSessionName=me&ExternalId=a%20b");
    expect_signature(&bench, 1, "id/");
    bench_expect_request(&bench, 1, "POST / ", "\r\nx-amz-security-token: tok-1\r\n");
    bench_expect_request(&bench, 1, "POST / ", "role%2Flast&RoleSessionName=thumbmill&DurationSeconds=1800");
    bench_clear(&bench);
    bench_remove_file(path);
}

/* A change of the file takes effect at the next fetch. */
Test(credentials_sts, profiles_are_read_by_each_fetch)
{
    static const char *const script[] = {OK(ROLE), OK(ROLE), REFUSAL("403 Forbidden", "AccessDenied"), NULL};
    g_autofree char *path = bench_write_file("config", keys_and_role);
    Bench bench;

    role_open(&bench, script, path, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT,
                         "profile 'mill': role arn:aws:iam::1:role/first: http://127.0.0.1:");
    bench_expect_failure(&bench, ERROR_PERMANENT, "status 403 AccessDenied");
    cr_assert(g_file_set_contents(path, "[profile mill]\nrole_arn = a\n", -1, NULL));
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "has a role_arn, but no source_profile");
    cr_assert(g_file_set_contents(path, "[profile mill]\naws_access_key_id = x\naws_secret_access_key = y\n",
                                  -1, NULL));
    bench_fetch(&bench);
    cr_assert_str_eq(credentials_access_key_id(bench.answer.credentials), "x");
    bench_end(&bench);
    bench_clear(&bench);
    bench_remove_file(path);
}

#define JSON_KEYS "{\"AccessKeyId\": \"own\", \"SecretAccessKey\": \"s3cr3t\", \"Token\": \"t\"}"

Test(credentials_sts, a_role_on_a_container_or_an_instance)
{
    static const char *const container[] = {OK(JSON_KEYS), OK(ROLE), NULL};
    static const char *const instance[] = {OK("token"), OK("role"), OK(JSON_KEYS), OK(ROLE), NULL};
    static const char *const nothing[] = {NULL};
    g_autofree char *path =
        bench_write_file("config", "[profile mill]\nrole_arn = a\ncredential_source = EcsContainer\n");
    Bench bench;

    role_open(&bench, container, path, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "PEER/keys");
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    bench_expect_request(&bench, 0, "GET /keys ", NULL);
    expect_signature(&bench, 1, "own/");
    bench_clear(&bench);

    role_open(&bench, nothing, path, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "no AWS_CONTAINER_CREDENTIALS_... variable");
    bench_end(&bench);
    bench_clear(&bench);

    cr_assert(g_file_set_contents(
        path, "[profile mill]\nrole_arn = a\ncredential_source = Ec2InstanceMetadata\n", -1, NULL));
    role_open(&bench, instance, path, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "PEER");
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    expect_signature(&bench, 3, "own/");
    bench_clear(&bench);

    role_open(&bench, nothing, path, "AWS_EC2_METADATA_DISABLED", "true");
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "AWS_EC2_METADATA_DISABLED is true");
    bench_end(&bench);
    bench_clear(&bench);
    bench_remove_file(path);
}

/* The environment's keys come first in the chain: an empty key says that they are only meant as source of the
 * role. */
Test(credentials_sts, a_role_on_the_environment_needs_its_keys)
{
    static const char *const script[] = {NULL};
    g_autofree char *path =
        bench_write_file("config", "[profile mill]\nrole_arn = a\ncredential_source = Environment\n");
    Bench bench;

    role_open(&bench, script, path, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_failure(&bench, ERROR_PERMANENT, "the environment variable AWS_ACCESS_KEY_ID is not set");
    bench_end(&bench);
    bench_clear(&bench);
    bench_remove_file(path);
}

Test(credentials_sts, a_web_identity_in_a_profile_and_a_role_on_it)
{
    static const char *const script[] = {OK(ROLE_OF("s3cr3t-1", "tok-1", "2033-05-18T03:33:20Z")), OK(ROLE),
                                         NULL};
    g_autofree char *token = bench_write_file("token", "jwt");
    g_autofree char *text = g_strdup_printf("[profile mill]\nrole_arn = last\nsource_profile = identity\n"
                                            "[profile identity]\nrole_arn = first\n"
                                            "web_identity_token_file = %s\nduration_seconds = 900\n",
                                            token);
    g_autofree char *path = bench_write_file("config", text);
    Bench bench;

    role_open(&bench, script, path, NULL, NULL);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    bench_expect_request(&bench, 0, "POST / ",
                         "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=first"
                         "&RoleSessionName=thumbmill&DurationSeconds=900&WebIdentityToken=jwt");
    cr_assert_null(peer_header(&bench.peer, 0, "Authorization: "));
    bench_expect_request(&bench, 1, "POST / ", "Action=AssumeRole&Version=2011-06-15&RoleArn=last");
    bench_clear(&bench);
    bench_remove_file(path);
    bench_remove_file(token);
}

/* STS is reached through a proxy like any server; local services are never. */
Test(credentials_sts, proxies)
{
    static const char *const sts[] = {OK(ROLE), NULL};
    static const char *const container[] = {OK(JSON_KEYS), NULL};
    static const char *const instance[] = {OK("token"), OK("role"), OK(JSON_KEYS), NULL};
    static const char *const beside[] = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "PEER/keys", "http_proxy",
                                         "http://127.0.0.1:1", NULL};
    static const char *const of_instance[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "PEER", "http_proxy",
                                              "http://127.0.0.1:1", NULL};
    g_autofree char *token = bench_write_file("token", "jwt");
    const char *far[] = {"AWS_WEB_IDENTITY_TOKEN_FILE",
                         token,
                         "AWS_ROLE_ARN",
                         "a",
                         "AWS_ENDPOINT_URL_STS",
                         "http://sts.example",
                         "http_proxy",
                         "PEER",
                         "no_proxy",
                         "other.example",
                         NULL};
    Bench bench;

    bench_open(&bench, sts, far);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    bench_expect_request(&bench, 0, "POST http://sts.example/ HTTP/1.1\r\n", "\r\nHost: sts.example\r\n");
    bench_clear(&bench);

    far[5] = "PEER"; /* hosts in no_proxy are reached directly */
    far[7] = "http://127.0.0.1:1";
    far[9] = "127.0.0.1";
    bench_open(&bench, sts, far);
    bench_fetch(&bench);
    bench_expect_keys(&bench);
    bench_end(&bench);
    bench_clear(&bench);

    bench_open(&bench, container, beside);
    bench_fetch(&bench);
    cr_assert_not_null(bench.answer.credentials);
    bench_end(&bench);
    bench_clear(&bench);

    bench_open(&bench, instance, of_instance);
    bench_fetch(&bench);
    cr_assert_not_null(bench.answer.credentials);
    bench_end(&bench);
    bench_clear(&bench);
    bench_remove_file(token);
}
