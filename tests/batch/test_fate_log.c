#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "batch/fate_log.h"

static char *folder, *path;
static Config config;

static void begin(const char *name, const char *url)
{
    folder = g_dir_make_tmp("thumbmill-XXXXXX", NULL);
    path = g_build_filename(folder, name, NULL);
    config = (Config){.report.objects = path, .source.url = (char *)url};
}

static void end(void)
{
    g_unlink(path);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
}

static char *content(void)
{
    char *text = NULL;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

Test(fate_log, csv_has_the_columns_of_s3_batch_operations)
{
    g_autoptr(GError) failure = g_error_new_literal(error_quark(), ERROR_INPUT, "no \"image\",\nreally");
    g_autofree char *text = NULL;
    FateLog *log;

    begin("a.csv", "s3://photos/in/");
    log = fate_log_open(&config, NULL);
    fate_log_add(log, "2024/a b.jpg", "done", NULL);
    fate_log_add(log, "q\",\n\xff.jpg", "failed", failure);
    cr_assert(fate_log_flush(log, NULL));
    text = content();
    cr_assert_str_eq(text, "\"photos\",\"in/2024/a%20b.jpg\",\"\",\"succeeded\",\"\",\"\",\"done\"\n"
                           "\"photos\",\"in/q%22%2C%0A%FF.jpg\",\"\",\"failed\",\"input\",\"\","
                           "\"no \"\"image\"\",\\nreally\"\n");
    fate_log_free(log);
    end();
}

Test(fate_log, json_has_a_line_for_each_object)
{
    g_autoptr(GError) failure = g_error_new_literal(error_quark(), ERROR_LIMIT, "too large");
    g_autofree char *text = NULL;
    FateLog *log;

    begin("a.jsonl", "file:///srv/photos/");
    log = fate_log_open(&config, NULL);
    fate_log_add(log, "a\n\xff.jpg", "failed", failure);
    fate_log_add(log, "b.jpg", "up_to_date", NULL);
    cr_assert(fate_log_flush(log, NULL));
    text = content();
    cr_assert_str_eq(
        text, "{\"format\":1,\"key\":\"a\\\\n\\\\xff.jpg\",\"result\":\"failed\",\"class\":\"limit\","
              "\"reason\":\"too large\"}\n"
              "{\"format\":1,\"key\":\"b.jpg\",\"result\":\"up_to_date\",\"class\":null,\"reason\":null}\n");
    fate_log_free(log);
    end();
}

Test(fate_log, a_file_is_replaced_and_nothing_else_is)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    FateLog *old, *log;

    begin("a.jsonl", "s3://photos/");
    old = fate_log_open(&config, NULL);
    log = fate_log_open(&config, NULL);
    fate_log_add(old, "old", "done", NULL);
    cr_assert(fate_log_flush(old, NULL), "another run goes on to write, elsewhere");
    text = content();
    cr_assert_str_eq(text, "");
    fate_log_free(old);
    fate_log_free(log);
    g_unlink(path);
    cr_assert_eq(symlink("/dev/null", path), 0);
    cr_assert_null(fate_log_open(&config, &error));
    cr_assert_not_null(strstr(error->message, "is no regular file"));
    end();
}

Test(fate_log, without_a_name_there_is_none)
{
    g_autoptr(GError) error = NULL;
    const Config none = {.source.url = (char *)"s3://photos/"};

    cr_assert_null(fate_log_open(&none, &error));
    cr_assert_null(error);
    fate_log_add(NULL, "a", "done", NULL);
    cr_assert(fate_log_flush(NULL, &error));
    fate_log_free(NULL);
}
