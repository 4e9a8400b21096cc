#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "config/config.h"

static Config *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

Test(config, defaults)
{
    g_autoptr(Config) config = parse("source: {url: s3://photos}\ndestination: {url: s3://web}\n"
                                     "outputs: [{name: a, width: 3, height: 4}]\n");
    static const char *const include[] = {"*.jpg",  "*.jpeg", "*.jpe", "*.jfif", "*.png",
                                          "*.apng", "*.webp", "*.gif", "*.tif",  "*.tiff",
                                          "*.heic", "*.heif", "*.hif", "*.avif", NULL};
    const OutputConfig *output = config_output(config, 0);

    cr_assert_str_eq(config->source.url, "s3://photos/");
    cr_assert(g_strv_equal((const char *const *)config->source.include, include));
    cr_assert_eq(g_strv_length(config->source.exclude), 0);
    cr_assert_null(config->source.s3.endpoint);
    cr_assert_null(config->source.s3.region);
    cr_assert_null(config->source.s3.ca_file);
    cr_assert_eq(config->source.s3.addressing, CONFIG_ADDRESSING_AUTO);
    cr_assert(config->source.s3.verify_etag);
    cr_assert_eq(config->destination.s3.checksum, CONFIG_CHECKSUM_NONE);
    cr_assert_not(config->destination.s3.sign_payload);
    cr_assert_str_eq(config->destination.url, "s3://web/");
    cr_assert_null(config->destination.s3.endpoint);
    cr_assert_eq(config->outputs->len, 1);
    cr_assert_str_eq(output->name, "a");
    cr_assert_eq(output->recipe.width, 3);
    cr_assert_eq(output->recipe.height, 4);
    cr_assert_eq(output->recipe.fit, FIT_INSIDE);
    cr_assert_eq(output->recipe.format, FORMAT_JPEG);
    cr_assert_eq(memcmp(&output->recipe, &(Recipe){.width = 3, .height = 4, .background = RECIPE_WHITE},
                        sizeof output->recipe),
                 0, "0 is the default of everything else");
    cr_assert_str_eq(key_template_text(output->key), "{output}/{dir}{stem}.{ext}");
    cr_assert_eq(output->headers->len, 0);
    cr_assert_eq(config->workers.count, 0);
    cr_assert_eq(config->workers.max_tasks_per_child, 1000);
    cr_assert_eq(config->workers.task_timeout_ms, 60000);
    cr_assert_eq(config->workers.tasks_in_flight, 0);
    cr_assert_eq(config->limits.max_pixels, 100000000);
    cr_assert_eq(config->limits.max_source_bytes, 256000000);
    cr_assert_eq(config->limits.max_output_bytes, 256000000);
    cr_assert_eq(config->limits.max_frames, 500);
    cr_assert_eq(config->limits.truncated, CONFIG_TRUNCATED_FAIL);
    cr_assert_eq(config->sandbox, CONFIG_SANDBOX_REQUIRED);
    cr_assert_eq(config->limits.memory_bytes, 0);
    cr_assert_eq(config->retries.attempts, 5);
    cr_assert_eq(config->retries.alike, 100);
    cr_assert_eq(config->stop_timeout_ms, 30000);
    cr_assert_null(config->schedule);
    cr_assert_eq(config->every_ms, 0);
    cr_assert_eq(config->jitter_ms, 0);
    cr_assert_eq(config->missed, TIMETABLE_MISSED_RUN);
    cr_assert_eq(config->heartbeat_timeout_ms, 60000);
    cr_assert_null(config->control.socket);
    cr_assert_str_eq(config->control.mode, "0600");
    cr_assert_null(config->control.group);
}

Test(config, every_key_is_read)
{
    g_autoptr(Config) config =
        parse("source:\n"
              "  url: s3://photos/originals\n"
              "  include: ['*.JPG', 'x?']\n"
              "  exclude: ['*/drafts/*']\n"
              "  s3: {region: eu-west-1}\n"
              "destination:\n"
              "  url: file:///srv/out\n"
              "  s3: {addressing: path, ca_file: /etc/ca.pem, checksum: crc32c, sign_payload: true}\n"
              "s3: {endpoint: 'http://h:1/', region: us-east-1, addressing: virtual, verify_etag: false}\n"
              "outputs:\n"
              "- name: x_1-y\n"
              "  width: 16383\n"
              "  height: 1\n"
              "  fit: cover\n"
              "  format: webp\n"
              "  quality: 100\n"
              "  key: 'o/{name}.{ext}'\n"
              "  headers: {expires: 0, Cache-Control: 'max-age=1, public'}\n"
              "- {name: b, width: 1, height: 2, format: jpg}\n"
              "- {name: c, width: 1, height: 2, format: \"png\", effort: 1}\n"
              "workers: {count: 1024, max_tasks_per_child: 1, task_timeout: 2m, "
              "tasks_in_flight: 64}\n"
              "limits: {max_pixels: 1G, max_source_bytes: 1Gi}\n"
              "retries: {attempts: 1}\n"
              "stop_timeout: 0\n"
              "every: 90s\n");
    const OutputConfig *output = config_output(config, 0);
    const PairConfig *first = output->headers->pdata[0], *second = output->headers->pdata[1];

    cr_assert_str_eq(config->source.url, "s3://photos/originals/");
    cr_assert_str_eq(config->source.include[1], "x?");
    cr_assert_eq(g_strv_length(config->source.include), 2);
    cr_assert_str_eq(config->source.exclude[0], "*/drafts/*");
    cr_assert_str_eq(config->source.s3.endpoint, "http://h:1");
    cr_assert_str_eq(config->source.s3.region, "eu-west-1");
    cr_assert_eq(config->source.s3.addressing, CONFIG_ADDRESSING_VIRTUAL);
    cr_assert_null(config->source.s3.ca_file);
    cr_assert_str_eq(config->destination.url, "file:///srv/out/");
    cr_assert_str_eq(config->destination.s3.endpoint, "http://h:1");
    cr_assert_not(config->destination.s3.verify_etag);
    cr_assert_eq(config->destination.s3.checksum, CONFIG_CHECKSUM_CRC32C);
    cr_assert(config->destination.s3.sign_payload);
    cr_assert_eq(config->source.s3.checksum, CONFIG_CHECKSUM_NONE);
    cr_assert_str_eq(config->destination.s3.region, "us-east-1");
    cr_assert_eq(config->destination.s3.addressing, CONFIG_ADDRESSING_PATH);
    cr_assert_str_eq(config->destination.s3.ca_file, "/etc/ca.pem");
    cr_assert_eq(config->outputs->len, 3);
    cr_assert_str_eq(output->name, "x_1-y");
    cr_assert_eq(output->recipe.width, RECIPE_MAX_SIDE);
    cr_assert_eq(output->recipe.fit, FIT_COVER);
    cr_assert_eq(output->recipe.format, FORMAT_WEBP);
    cr_assert_eq(output->recipe.quality, 100);
    cr_assert_str_eq(key_template_text(output->key), "o/{name}.{ext}");
    cr_assert_eq(output->headers->len, 2);
    cr_assert_str_eq(first->name, "Expires");
    cr_assert_str_eq(first->value, "0");
    cr_assert_str_eq(second->value, "max-age=1, public");
    cr_assert_eq(config_output(config, 1)->recipe.format, FORMAT_JPEG);
    cr_assert_eq(config_output(config, 2)->recipe.format, FORMAT_PNG);
    cr_assert_eq(config->workers.count, 1024);
    cr_assert_eq(config->workers.max_tasks_per_child, 1);
    cr_assert_eq(config->workers.task_timeout_ms, 120000);
    cr_assert_eq(config->workers.tasks_in_flight, 64);
    cr_assert_eq(config->limits.max_pixels, 1000000000);
    cr_assert_eq(config->limits.max_source_bytes, 1073741824);
    cr_assert_eq(config->retries.attempts, 1);
    cr_assert_eq(config->stop_timeout_ms, 0);
    cr_assert_eq(config->every_ms, 90000);
}

Test(config, schedules)
{
#define STORES_AND_OUTPUTS                                                                                   \
    "source: {url: s3://photos}\ndestination: {url: s3://web}\noutputs: [{name: a, width: 3}]\n"
    g_autoptr(Config) none = parse(STORES_AND_OUTPUTS);
    g_autoptr(Config) often = parse(STORES_AND_OUTPUTS "every: 10m\njitter: 5s\nmissed: skip\n");
    g_autoptr(Config) daily = parse(STORES_AND_OUTPUTS "schedule: '30 2 * * mon-fri'\n");
    Timetable timetable = config_timetable(none);

    cr_assert_not(timetable.schedule.has_cron);
    cr_assert_eq(timetable.schedule.every_us, 0);
    timetable = config_timetable(often);
    cr_assert_not(timetable.schedule.has_cron);
    cr_assert_eq(timetable.schedule.every_us, 600000000);
    cr_assert_eq(timetable.jitter_us, 5000000);
    cr_assert_eq(timetable.missed, TIMETABLE_MISSED_SKIP);
    timetable = config_timetable(daily);
    cr_assert(timetable.schedule.has_cron);
    cr_assert_eq(timetable.schedule.cron.hours, 1u << 2);
    cr_assert_eq(timetable.schedule.cron.weekdays, 0x3e);
    cr_assert_eq(timetable.missed, TIMETABLE_MISSED_RUN);
}

Test(config, the_sample_is_legal)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_load(SAMPLE_CONFIG, &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    cr_assert_eq(config->outputs->len, 2);
    cr_assert_str_eq(config_output(config, 1)->name, "thumb");
    cr_assert_str_eq(config->destination.s3.endpoint, "http://127.0.0.1:8000");
}

/* The values that the sample shows commented out must be the defaults. */
Test(config, the_samples_comments_are_the_defaults)
{
    g_autofree char *text = NULL;
    g_autoptr(GRegex) comment = g_regex_new("^# (?=[a-z_]+:|  [a-z_]+:)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *uncommented = NULL;
    g_autoptr(Config) plain = config_load(SAMPLE_CONFIG, NULL);
    g_autoptr(Config) all = NULL;
    g_autoptr(GVariant) plain_variant = NULL;
    g_autoptr(GVariant) all_variant = NULL;

    cr_assert(g_file_get_contents(SAMPLE_CONFIG, &text, NULL, NULL));
    uncommented = g_regex_replace_literal(comment, text, -1, 0, "", 0, NULL);
    cr_assert_not_null(strstr(uncommented, "\nworkers:\n  count: auto"));
    cr_assert_not_null(strstr(uncommented, "\n  attempts: 5"));
    all = config_parse(uncommented, strlen(uncommented), SAMPLE_CONFIG, NULL);
    plain_variant = g_variant_ref_sink(config_to_variant(plain));
    all_variant = g_variant_ref_sink(config_to_variant(all));
    cr_assert(g_variant_equal(plain_variant, all_variant));
}

Test(config, a_byte_order_mark_and_crlf_are_harmless)
{
    g_autoptr(Config) config =
        parse("\xef\xbb\xbfsource: {url: s3://photos}\r\ndestination: {url: s3://web}\r\n"
              "outputs: [{name: a, width: 3, height: 4}]\r\n");

    cr_assert_str_eq(config->source.url, "s3://photos/");
}

Test(config, sixty_four_outputs_are_the_most)
{
    g_autoptr(GString) text =
        g_string_new("source: {url: s3://photos}\ndestination: {url: s3://web}\noutputs:\n");
    g_autoptr(Config) config = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < LIMIT_OUTPUTS; i++)
        g_string_append_printf(text, "- {name: o%u, width: 1, height: 1}\n", i);
    config = parse(text->str);
    cr_assert_eq(config->outputs->len, LIMIT_OUTPUTS);
    g_string_append(text, "- {name: more, width: 1, height: 1}\n");
    cr_assert_null(config_parse(text->str, text->len, "c", &error));
    cr_assert_str_eq(error->message, "c:68:3: outputs: more than 64");
}

Test(config, files_that_cannot_be_read)
{
    static const char *const paths[] = {"/no/such/file", "/", "/etc/../no/such"};

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(config_load(paths[i], &error));
        cr_assert_eq(error_class(error), ERROR_CONFIG, "%s", error->message);
        cr_assert(g_str_has_prefix(error->message, paths[i]), "%s", error->message);
        cr_assert_null(strchr(error->message, '\n'));
    }
}

Test(config, a_file_that_is_too_large)
{
    g_autofree char *path = g_strdup("/tmp/config-large-XXXXXX");
    int fd = mkstemp(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) parse_error = NULL;
    g_autofree char *text = g_strnfill(LIMIT_CONFIG_BYTES + 1, '#');

    cr_assert_geq(fd, 0);
    cr_assert_eq(ftruncate(fd, LIMIT_CONFIG_BYTES + 1), 0);
    cr_assert_null(config_load(path, &error));
    close(fd);
    unlink(path);
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert_not_null(strstr(error->message, "larger than 1048576 bytes"), "%s", error->message);
    cr_assert_null(config_parse(text, LIMIT_CONFIG_BYTES + 1, "c", &parse_error));
    cr_assert_str_eq(parse_error->message, "c: larger than 1048576 bytes");
}

Test(config, description_names_every_key)
{
    static const char *const lines[] = {
        "source.url: a text; required\n",
        "source.include: a list of patterns; default: *.jpg *.jpeg *.jpe *.jfif *.png",
        " *.apng *.webp *.gif *.tif *.tiff *.heic *.heif *.hif *.avif\n",
        "s3.addressing: one of auto, path, virtual; default: auto\n",
        "source.s3: a mapping\n",
        "outputs: a list of 1 to 64 mappings; required\n",
        "outputs[].width: auto or a whole number from 1 to 16383; default: auto\n",
        "outputs[].scale: a list of different whole numbers from 1 to 4; default: 1\n",
        "outputs[].background: a colour \"#rrggbb\", in quotes; default: #ffffff\n",
        "outputs[].enlarge: true or false; default: false\n",
        "outputs[].max_bytes: none or a whole number from 1 to 4Gi, such as 256M or 256Mi; default: none\n",
        "outputs[].fit: one of inside, outside, cover, contain, fill; default: inside\n",
        "outputs[].format: one of jpeg, png, webp, gif, tiff, avif, source; default: jpeg\n",
        "workers.count: auto or a whole number from 1 to 1024; default: auto\n",
        "workers.task_timeout: a duration from 1s to 1d, such as 60s or 5m; default: 60s\n",
        "limits.max_source_bytes: a whole number from 1 to 4Gi, such as 256M or 256Mi; default: 256M\n",
        "retries.attempts: a whole number from 1 to 20; default: 5\n",
        "stop_timeout: a duration from 0 to 1d, such as 60s or 5m; default: 30s\n",
        "every: never or a duration from 1s to 366d, such as 60s or 5m; default: never\n",
        "missed: one of run, skip; default: run\n",
        "state_directory: a text\n",
    };
    g_autofree char *text = config_describe();

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
        cr_assert_not_null(strstr(text, lines[i]), "%s", lines[i]);
}
