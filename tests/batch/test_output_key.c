#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "batch/output_key.h"
#include "config/config.h"

static Config *parse(const char *destination)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: 's3://photos'}\ndestination: {url: '%s'}\n"
                        "outputs:\n"
                        "- {name: thumb, width: 3, height: 4, format: webp}\n"
                        "- {name: big, width: 5, height: 6, key: '{dir}{name}_{width}.{ext}'}\n",
                        destination);
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

Test(output_key, follows_the_template)
{
    g_autoptr(Config) config = parse("s3://web/out/");
    g_autofree char *first = output_key(config, config_output(config, 0), "d/a.b.png", NULL);
    g_autofree char *second = output_key(config, config_output(config, 1), "d/a.b.png", NULL);

    cr_assert_str_eq(first, "thumb/d/a.b.webp");
    cr_assert_str_eq(second, "d/a.b.png_5.jpg");
}

/* A source key whose output key has this many bytes: "thumb/" + stem + ".webp". */
static char *source_key(gsize output_bytes)
{
    g_autofree char *stem = g_strnfill(output_bytes - strlen("thumb/.webp"), 's');

    return g_strconcat(stem, ".png", NULL);
}

Test(output_key, the_destinations_prefix_counts_in_a_bucket)
{
    g_autoptr(Config) config = parse("s3://web/out/");
    const OutputConfig *output = config_output(config, 0);
    g_autofree char *longest = source_key(LIMIT_KEY_BYTES - strlen("out/"));
    g_autofree char *longer = source_key(LIMIT_KEY_BYTES - strlen("out/") + 1);
    g_autofree char *key = output_key(config, output, longest, NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_not_null(key);
    cr_assert_null(output_key(config, output, longer, &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_assert_not_null(strstr(error->message, longer), "names the object");
    cr_assert_not_null(strstr(error->message, "'thumb'"));
    cr_assert_not_null(strstr(error->message, "1025 bytes"), "%s", error->message);
}

Test(output_key, a_directorys_path_does_not_count)
{
    g_autoptr(Config) config = parse("file:///some/where/");
    g_autofree char *longest = source_key(LIMIT_KEY_BYTES);
    g_autofree char *longer = source_key(LIMIT_KEY_BYTES + 1);
    g_autofree char *key = output_key(config, config_output(config, 0), longest, NULL);

    cr_assert_eq(strlen(key), LIMIT_KEY_BYTES);
    cr_assert_null(output_key(config, config_output(config, 0), longer, NULL));
}

Test(output_key, an_error_is_one_line_whatever_the_key)
{
    g_autoptr(Config) config = parse("s3://web/");
    g_autofree char *filler = g_strnfill(LIMIT_KEY_BYTES, 'x');
    g_autofree char *nasty = g_strconcat("a\n\xff", filler, ".png", NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_null(output_key(config, config_output(config, 0), nasty, &error));
    cr_assert_not_null(strstr(error->message, "a\\n\\xff"), "%s", error->message);
    cr_assert_null(strchr(error->message, '\n'));
    cr_assert(g_utf8_validate(error->message, -1, NULL));
}

Test(output_key, labels_name_every_output)
{
    g_autoptr(Config) config = parse("s3://web/");
    g_autofree char *too_long = g_strnfill(LIMIT_KEY_BYTES, 'x');
    g_auto(GStrv) labels = output_key_labels(config, "d/a\n.png");
    g_auto(GStrv) of_long = output_key_labels(config, too_long);

    cr_assert_eq(g_strv_length(labels), 2u);
    cr_assert_str_eq(labels[0], "thumb -> thumb/d/a\\n.webp");
    cr_assert_str_eq(labels[1], "big -> d/a\\n.png_5.jpg");
    cr_assert_str_eq(of_long[0], "thumb -> the key is too long");
}

Test(output_key, none_lies_in_the_state_folder)
{
    static const char text[] = "source: {url: 's3://photos'}\ndestination: {url: 's3://web/'}\n"
                               "outputs: [{name: one, width: 3, key: '{dir}{stem}.{ext}'}]\n";
    g_autoptr(Config) config = config_parse(text, strlen(text), "c", NULL);
    g_autofree char *beside = output_key(config, config_output(config, 0), ".thumbmill-/a.png", NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_str_eq(beside, ".thumbmill-/a.jpg");
    cr_assert_null(output_key(config, config_output(config, 0), ".thumbmill/recipes.png", &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_assert_not_null(strstr(error->message, "destination.state"), "%s", error->message);
}
