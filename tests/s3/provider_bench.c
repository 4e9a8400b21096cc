#include "tests/s3/provider_bench.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

void on_answer(Credentials *credentials, const GError *error, void *user)
{
    Answer *answer = user;

    answer->calls++;
    answer->credentials = credentials != NULL ? credentials_ref(credentials) : NULL;
    answer->error = error != NULL ? g_error_copy(error) : NULL;
}

static GVariant *environment_of(const char *const *variables, const char *url)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    for (gsize i = 0; variables[i] != NULL; i += 2) {
        g_auto(GStrv) parts = g_strsplit(variables[i + 1], "PEER", -1);
        g_autofree char *value = g_strjoinv(url, parts);

        g_variant_builder_add(&builder, "{ss}", variables[i], value);
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

void bench_open(Bench *bench, const char *const *script, const char *const *variables)
{
    g_autoptr(GVariant) environment = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *url = NULL;

    *bench = (Bench){.context = g_main_context_new()};
    peer_start(&bench->peer, script);
    url = g_strdup_printf("http://127.0.0.1:%u", bench->peer.port);
    environment = environment_of(variables, url);
    bench->provider = credentials_chain_choose(
        &(CredentialsOptions){.environment = environment, .context = bench->context}, &error);
    cr_assert_not_null(bench->provider, "%s", error != NULL ? error->message : "");
}

void bench_fetch(Bench *bench)
{
    g_clear_pointer(&bench->answer.credentials, credentials_unref);
    g_clear_error(&bench->answer.error);
    bench->answer.calls = 0;
    credentials_provider_fetch(bench->provider, on_answer, &bench->answer);
    cr_assert_eq(bench->answer.calls, 0, "called from the fetch");
    while (bench->answer.calls == 0)
        g_main_context_iteration(bench->context, TRUE);
    cr_assert((bench->answer.credentials == NULL) == (bench->answer.error != NULL));
}

void bench_end(Bench *bench)
{
    credentials_provider_free(bench->provider);
    peer_join(&bench->peer);
}

void bench_clear(Bench *bench)
{
    peer_clear(&bench->peer);
    g_clear_pointer(&bench->answer.credentials, credentials_unref);
    g_clear_error(&bench->answer.error);
    g_main_context_unref(bench->context);
}

void bench_expect_keys(const Bench *bench)
{
    const Credentials *credentials = bench->answer.credentials;

    cr_assert_not_null(credentials, "%s", bench->answer.error != NULL ? bench->answer.error->message : "");
    cr_assert_str_eq(credentials_access_key_id(credentials), "id");
    cr_assert_str_eq(secret_peek(credentials_secret_key(credentials)), "s3cr3t");
    cr_assert_str_eq(secret_peek(credentials_session_token(credentials)), "tok");
    cr_assert_eq(credentials_expiry_s(credentials), 2000000000);
}

void bench_expect_failure(const Bench *bench, ErrorClass class, const char *words)
{
    cr_assert_not_null(bench->answer.error);
    cr_assert_eq(error_class(bench->answer.error), class, "%s", bench->answer.error->message);
    cr_assert(strstr(bench->answer.error->message, words) != NULL, "%s", bench->answer.error->message);
    cr_assert_null(strstr(bench->answer.error->message, "s3cr3t"), "%s", bench->answer.error->message);
}

void bench_expect_request(const Bench *bench, guint i, const char *line, const char *header)
{
    const GPtrArray *requests = bench->peer.requests;
    const char *request = i < requests->len ? g_ptr_array_index(requests, i) : "";

    cr_assert(g_str_has_prefix(request, line), "%s", request);
    cr_assert(header == NULL || strstr(request, header) != NULL, "%s", request);
}

char *bench_write_file(const char *name, const char *text)
{
    g_autofree char *folder = g_dir_make_tmp("test-provider-XXXXXX", NULL);
    char *path = g_build_filename(folder, name, NULL);

    cr_assert(g_file_set_contents(path, text, -1, NULL));
    return path;
}

void bench_remove_file(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    (void)g_unlink(path);
    (void)g_rmdir(folder);
}
