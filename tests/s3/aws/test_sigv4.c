/* Test vectors.
 * - "documented": the examples of the S3 API Reference ("Authenticating Requests: Using the Authorization
 *   Header", "... Using Query Parameters", "Signature Calculations ... Multiple Chunks"), with the
 *   documentation's own key pair.
 * - "extra": signatures for the same key, date, host and region on which two independent signers agree
 *   (botocore's S3SigV4Auth and a plain Python one). */
#include <criterion/criterion.h>
#include <string.h>

#include "s3/aws/sigv4.h"

#define ID     "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define HOST   "examplebucket.s3.amazonaws.com"
#define STAMP  "20130524T000000Z"
#define SCOPE  "20130524/us-east-1/s3/aws4_request"
#define TIME_S 1369353600
#define EMPTY  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

typedef struct {
    const char *name;
    const char *method;
    const char *host;
    const char *path;
    Sigv4Pair query[8];
    Sigv4Pair headers[8];
    const char *body;    /* NULL for an empty body */
    const char *payload; /* NULL for the hash of body */
    const char *token;
    const char *canonical_hash; /* NULL if it is not documented */
    const char *signature;
} Vector;

static const Vector vectors[] = {
    {.name = "documented: GET object",
     .method = "GET",
     .path = "/test.txt",
     .headers = {{"Range", "bytes=0-9"}},
     .canonical_hash = "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
     .signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {.name = "documented: PUT object",
     .method = "PUT",
     .path = "/test%24file.text",
     .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
     .body = "Welcome to Amazon S3.",
     .canonical_hash = "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
     .signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {.name = "documented: GET lifecycle",
     .method = "GET",
     .path = "/",
     .query = {{"lifecycle", ""}},
     .canonical_hash = "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
     .signature = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {.name = "documented: list",
     .method = "GET",
     .path = "/",
     .query = {{"prefix", "J"}, {"max-keys", "2"}},
     .canonical_hash = "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
     .signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    {.name = "documented: seed of a chunked PUT",
     .method = "PUT",
     .host = "s3.amazonaws.com",
     .path = "/examplebucket/chunkObject.txt",
     .headers = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                 {"Content-Encoding", "aws-chunked"},
                 {"x-amz-decoded-content-length", "66560"},
                 {"Content-Length", "66824"}},
     .payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
     .signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"},
    {.name = "extra: specials",
     .method = "GET",
     .path = "/a%20b/c%2Bd%3De%26f%40g%3Ah%2Ci%3Bj%24k%27l%28m%29n%21o%2Ap~q.jpg",
     .signature = "27e1dac2f294d75cda925ba9f52d371c591288f2b633773ab1359cad14f9c2dd"},
    {.name = "extra: utf-8",
     .method = "GET",
     .path = "/caf%C3%A9/%E6%97%A5%E6%9C%AC.png",
     .signature = "f44b8f219cbcdee7b1038b695c49fd573337dab8271a9c8914e7bbf1a9d79190"},
    {.name = "extra: dots and slashes",
     .method = "GET",
     .path = "/a/../b//./c",
     .signature = "01bf71c5eb845360050f9eef8dbc2c5780bf47f32f530cf67337c221cb56ed1a"},
    {.name = "extra: literal %",
     .method = "GET",
     .path = "/100%2525/x%252Fy",
     .signature = "73083d0e8f1b84e3fe8b84a0d022049d94910f3e5330a25b335f57e73f537864"},
    {.name = "extra: ListObjectsV2",
     .method = "GET",
     .path = "/",
     .query = {{"list-type", "2"},
               {"prefix", "a b/\xc3\xa9+"},
               {"delimiter", "/"},
               {"encoding-type", "url"},
               {"max-keys", "1000"},
               {"start-after", "a b/\xc3\xa9+z"},
               {"continuation-token", "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=="}},
     .signature = "f6f26e857453d61a37e9bdb62b7f7f9d41b8678552ece9fa31d031f16a005374"},
    {.name = "extra: PUT unsigned with a token",
     .method = "PUT",
     .path = "/out/1.webp",
     .headers = {{"Content-Type", "image/webp"},
                 {"Cache-Control", "max-age=60"},
                 {"x-amz-meta-test-two", "  b   c "},
                 {"x-amz-meta-test", "a"}},
     .payload = SIGV4_UNSIGNED_PAYLOAD,
     .token = "TOKEN/abc+def==",
     .signature = "1b33331b0aea26af07dae8bb6c5393923415ed73a42fa6909c1a0c4353990ee3"},
    {.name = "extra: PUT signed, conditional",
     .method = "PUT",
     .path = "/out/2.webp",
     .body = "hello",
     .headers = {{"Content-Type", "image/webp"}, {"If-None-Match", "*"}, {"x-amz-acl", "public-read"}},
     .signature = "85dc04c49636ca7ca009212fe5b333c7462a79a3abbb04ffe03f31deb0182229"},
    {.name = "extra: PUT signed with a checksum and a token", /* by botocore */
     .method = "PUT",
     .path = "/out/3.webp",
     .body = "123456789",
     .headers = {{"Content-Type", "image/webp"},
                 {"x-amz-meta-a", "b"},
                 {"x-amz-checksum-crc32c", "4waSgw=="}},
     .token = "TOKEN/abc+def==",
     .signature = "5a9791c43c0c48cb9e5d6b3196197f06a6cf2b0c9843025ee7a6da05cc385725"},
};

static Credentials *make_credentials(const char *token)
{
    return credentials_new(ID, secret_new(SECRET, strlen(SECRET)),
                           token != NULL ? secret_new(token, strlen(token)) : NULL, "test");
}

static gsize count_pairs(const Sigv4Pair *pairs)
{
    gsize n = 0;

    while (n < 8 && pairs[n].name != NULL)
        n++;
    return n;
}

static const char *line_of(GStrv lines, const char *name)
{
    for (gsize i = 0; lines[i] != NULL; i++) {
        if (g_str_has_prefix(lines[i], name) && lines[i][strlen(name)] == ':')
            return lines[i] + strlen(name) + 2;
    }
    return NULL;
}

static void check_vector(const Vector *vector)
{
    g_autoptr(Credentials) credentials = make_credentials(vector->token);
    g_autoptr(Sigv4Signer) signer = sigv4_signer_new(credentials, "us-east-1", "s3");
    const char *body = vector->body != NULL ? vector->body : "";
    g_autofree char *hash = digest_sha256_hex(body, strlen(body));
    g_autofree char *expected = g_strconcat("Signature=", vector->signature, NULL);
    g_autofree char *credential =
        g_strconcat("AWS4-HMAC-SHA256 Credential=" ID "/" SCOPE ",SignedHeaders=", NULL);
    Sigv4Request request = {.method = vector->method,
                            .host = vector->host != NULL ? vector->host : HOST,
                            .path = vector->path,
                            .query = vector->query,
                            .query_count = count_pairs(vector->query),
                            .headers = vector->headers,
                            .header_count = count_pairs(vector->headers),
                            .payload_hash = vector->payload != NULL ? vector->payload : hash};
    g_auto(GStrv) lines = sigv4_signer_headers(signer, &request, TIME_S);
    const char *authorization = line_of(lines, "Authorization");

    cr_assert_not_null(authorization, "%s", vector->name);
    cr_assert(g_str_has_prefix(authorization, credential), "%s: %s", vector->name, authorization);
    cr_assert(g_str_has_suffix(authorization, expected), "%s: %s", vector->name, authorization);
    cr_assert_str_eq(line_of(lines, "x-amz-date"), STAMP);
    cr_assert_str_eq(line_of(lines, "x-amz-content-sha256"), request.payload_hash);
    if (vector->token != NULL)
        cr_assert_str_eq(line_of(lines, "x-amz-security-token"), vector->token);
    else
        cr_assert_null(line_of(lines, "x-amz-security-token"));
}

Test(sigv4, signs_every_vector)
{
    for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
        check_vector(&vectors[i]);
}

/* Checks the intermediate results, where the documentation shows them. */
Test(sigv4, makes_the_documented_canonical_requests)
{
    for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
        const Vector *vector = &vectors[i];
        g_autofree char *hash =
            digest_sha256_hex(vector->body, vector->body != NULL ? strlen(vector->body) : 0);
        g_autofree char *signed_headers = NULL, *canonical = NULL, *canonical_hash = NULL;
        Sigv4Pair headers[10];
        gsize n = count_pairs(vector->headers);
        Sigv4Request request = {.method = vector->method,
                                .host = HOST,
                                .path = vector->path,
                                .query = vector->query,
                                .query_count = count_pairs(vector->query),
                                .headers = headers,
                                .header_count = n + 2,
                                .payload_hash = hash};

        if (vector->canonical_hash == NULL)
            continue;
        memcpy(headers, vector->headers, n * sizeof headers[0]);
        headers[n] = (Sigv4Pair){"x-amz-date", STAMP};
        headers[n + 1] = (Sigv4Pair){"x-amz-content-sha256", hash};
        canonical = sigv4_canonical_request(&request, &signed_headers);
        canonical_hash = digest_sha256_hex(canonical, strlen(canonical));
        cr_assert_str_eq(canonical_hash, vector->canonical_hash, "%s: %s", vector->name, canonical);
    }
}

Test(sigv4, canonical_request_to_the_letter)
{
    static const Sigv4Pair headers[] = {
        {"x-amz-date", STAMP}, {"Range", "bytes=0-9"}, {"x-amz-content-sha256", EMPTY}};
    Sigv4Request request = {.method = "GET",
                            .host = HOST,
                            .path = "/test.txt",
                            .headers = headers,
                            .header_count = 3,
                            .payload_hash = EMPTY};
    g_autofree char *names = NULL;
    g_autofree char *canonical = sigv4_canonical_request(&request, &names);
    g_autofree char *to_sign = sigv4_string_to_sign(STAMP, SCOPE, canonical);

    cr_assert_str_eq(canonical,
                     "GET\n/test.txt\n\nhost:" HOST "\nrange:bytes=0-9\nx-amz-content-sha256:" EMPTY
                     "\nx-amz-date:" STAMP "\n\nhost;range;x-amz-content-sha256;x-amz-date\n" EMPTY);
    cr_assert_str_eq(names, "host;range;x-amz-content-sha256;x-amz-date");
    cr_assert_str_eq(to_sign, "AWS4-HMAC-SHA256\n" STAMP "\n" SCOPE
                              "\n7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
}

Test(sigv4, repeated_headers_are_joined_in_order)
{
    static const Sigv4Pair headers[] = {{"b", "2"}, {"A", " x  y\t z "}, {"B", "1"}, {"b", ""}};
    Sigv4Request request = {.method = "GET",
                            .host = "h",
                            .path = "/",
                            .headers = headers,
                            .header_count = 4,
                            .payload_hash = "P"};
    g_autofree char *names = NULL;
    g_autofree char *canonical = sigv4_canonical_request(&request, &names);

    cr_assert_str_eq(canonical, "GET\n/\n\na:x y z\nb:2,1,\nhost:h\n\na;b;host\nP");
}

Test(sigv4, a_query_is_encoded_and_sorted_by_its_encoding)
{
    /* '~' is not escaped, and sorts last; the space becomes %20, which sorts before '0' */
    static const Sigv4Pair query[] = {{"b", "/"}, {"a~", ""}, {"a ", "x y"},
                                      {"a", "+"}, {"a", "%"}, {"\xc3\xa9", "="}};
    g_autofree char *text = sigv4_query(query, G_N_ELEMENTS(query));
    g_autofree char *empty = sigv4_query(NULL, 0);

    cr_assert_str_eq(text, "%C3%A9=%3D&a=%25&a=%2B&a%20=x%20y&a~=&b=%2F");
    cr_assert_str_eq(empty, "");
}

Test(sigv4, signing_key_is_the_documented_one)
{
    g_autoptr(Secret) secret = secret_new(SECRET, strlen(SECRET));
    guint8 key[DIGEST_SHA256_BYTES];
    g_autofree char *hex = NULL;

    sigv4_signing_key(secret, "20130524", "us-east-1", "s3", key);
    hex = digest_hex(key, sizeof key);
    cr_assert_str_eq(hex, "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");
}

Test(sigv4, presigns_the_documented_url)
{
    g_autoptr(Credentials) credentials = make_credentials(NULL);
    g_autoptr(Sigv4Signer) signer = sigv4_signer_new(credentials, "us-east-1", "s3");
    Sigv4Request request = {.method = "GET", .host = HOST, .path = "/test.txt"};
    g_autofree char *query = sigv4_signer_presign(signer, &request, TIME_S, 86400);

    cr_assert_str_eq(query,
                     "X-Amz-Algorithm=AWS4-HMAC-SHA256"
                     "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                     "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                     "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

Test(sigv4, a_presigned_url_carries_token_headers_and_query)
{
    static const Sigv4Pair headers[] = {{"Content-Type", "image/webp"}};
    static const Sigv4Pair own[] = {{"versionId", "3/4"}};
    g_autoptr(Credentials) credentials = make_credentials("TOKEN/abc+def==");
    g_autoptr(Sigv4Signer) signer = sigv4_signer_new(credentials, "us-east-1", "s3");
    Sigv4Request request = {.method = "PUT",
                            .host = HOST,
                            .path = "/a",
                            .headers = headers,
                            .header_count = 1,
                            .query = own,
                            .query_count = 1};
    g_autofree char *query = sigv4_signer_presign(signer, &request, TIME_S, 60);

    cr_assert(strstr(query, "&X-Amz-Security-Token=TOKEN%2Fabc%2Bdef%3D%3D&") != NULL, "%s", query);
    cr_assert(strstr(query, "&X-Amz-SignedHeaders=content-type%3Bhost&") != NULL, "%s", query);
    cr_assert(strstr(query, "&versionId=3%2F4&X-Amz-Signature=") != NULL, "%s", query);
}

/* "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks": the chunks
 * of 64 KiB and 1 KiB of 'a' and the empty last one, chained from the seed. */
Test(sigv4, the_primitives_make_the_documented_chunk_signatures)
{
    static const gsize sizes[] = {65536, 1024, 0};
    static const char *const expected[] = {
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"};
    g_autoptr(Secret) secret = secret_new(SECRET, strlen(SECRET));
    g_autofree char *previous = g_strdup("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    g_autofree char *data = g_malloc(65536);
    guint8 key[DIGEST_SHA256_BYTES], mac[DIGEST_SHA256_BYTES];

    memset(data, 'a', 65536);
    sigv4_signing_key(secret, "20130524", "us-east-1", "s3", key);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *hash = digest_sha256_hex(data, sizes[i]);
        g_autofree char *text = g_strdup_printf(
            "AWS4-HMAC-SHA256-PAYLOAD\n" STAMP "\n" SCOPE "\n%s\n" EMPTY "\n%s", previous, hash);

        digest_hmac_sha256(key, sizeof key, text, mac);
        g_free(previous);
        previous = digest_hex(mac, sizeof mac);
        cr_assert_str_eq(previous, expected[i]);
    }
}

/* The cached signing key must change with the day; the same day must yield the same signature again. */
Test(sigv4, a_signer_follows_the_date)
{
    g_autoptr(Credentials) credentials = make_credentials(NULL);
    g_autoptr(Sigv4Signer) signer = sigv4_signer_new(credentials, "us-east-1", "s3");
    g_autoptr(Sigv4Signer) fresh = sigv4_signer_new(credentials, "us-east-1", "s3");
    Sigv4Request request = {.method = "GET", .host = HOST, .path = "/test.txt"};
    g_autofree char *first = sigv4_signer_presign(signer, &request, TIME_S, 60);
    g_autofree char *next_day = sigv4_signer_presign(signer, &request, TIME_S + 86400, 60);
    g_autofree char *fresh_next_day = sigv4_signer_presign(fresh, &request, TIME_S + 86400, 60);
    g_autofree char *again = sigv4_signer_presign(signer, &request, TIME_S, 60);

    cr_assert_str_eq(next_day, fresh_next_day);
    cr_assert_str_eq(first, again);
    cr_assert_str_neq(first, next_day);
}
