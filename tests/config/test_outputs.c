/* Options of an output: scales, the keys of the format `source`, and contradictions with their place. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "config/config.h"

#define STORES "source: {url: s3://photos}\ndestination: {url: s3://web}\noutputs:\n"

static Config *parse(const char *outputs)
{
    g_autofree char *text = g_strconcat(STORES, outputs, NULL);
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

typedef struct {
    const char *output, *message;
} Case;

/* Each error is in line 4. */
static void check_refused(const Case *c)
{
    g_autofree char *text = g_strconcat(STORES, c->output, NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_null(config_parse(text, strlen(text), "c", &error), "accepted: %s", c->output);
    cr_expect_eq(error_class(error), ERROR_CONFIG);
    cr_expect_str_eq(error->message, c->message);
}

#define REFUSED(cases)                                                                                       \
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)                                                          \
    check_refused(&cases[i])

Test(outputs, one_side_is_enough_where_nothing_else_is_asked)
{
    static const Case cases[] = {
        {"- {name: a}", "c:4:10: output 'a' needs a width, a height or both"},
        {"- {name: a, width: auto, height: auto}", "c:4:10: output 'a' needs a width, a height or both"},
        {"- {name: a, width: 1, fit: cover}", "c:4:28: fit: cover needs a width and a height"},
        {"- {name: a, height: 1, fit: contain}", "c:4:29: fit: contain needs a width and a height"},
        {"- {name: a, height: 1, fit: fill}", "c:4:29: fit: fill needs a width and a height"},
    };
    g_autoptr(Config) config =
        parse("- {name: a, width: 7}\n- {name: b, height: 8}\n- {name: c, height: 9, fit: outside}\n");

    cr_expect_eq(config_output(config, 0)->recipe.width, 7);
    cr_expect_eq(config_output(config, 0)->recipe.height, 0);
    cr_expect_eq(config_output(config, 1)->recipe.width, 0);
    cr_expect_eq(config_output(config, 1)->recipe.height, 8);
    REFUSED(cases);
}

Test(outputs, what_a_format_lacks_is_not_asked_of_it)
{
    static const Case cases[] = {
        {"- {name: a, width: 1, lossless: true}",
         "c:4:33: lossless: has no effect for jpeg, only for webp, avif"},
        {"- {name: a, width: 1, palette: true}", "c:4:32: palette: has no effect for jpeg, only for png"},
        {"- {name: a, width: 1, effort: 3}",
         "c:4:31: effort: has no effect for jpeg, only for png, webp, gif, avif"},
        {"- {name: a, width: 1, frames: 1}", "c:4:31: frames: has no effect for jpeg, only for webp, gif"},
        {"- {name: a, width: 1, format: png, quality: 1}",
         "c:4:45: quality: has no effect for png, only for jpeg, webp, avif"},
        {"- {name: a, width: 1, format: webp, progressive: true}",
         "c:4:50: progressive: has no effect for webp, only for jpeg, png"},
        {"- {name: a, width: 1, format: webp, subsampling: '4:2:0'}",
         "c:4:50: subsampling: has no effect for webp, only for jpeg, avif"},
        {"- {name: a, width: 1, format: gif, profile: keep}",
         "c:4:45: profile: has no effect for gif, only for jpeg, png, webp, tiff, avif"},
        {"- {name: a, width: 1, format: gif, metadata: copyright}",
         "c:4:46: metadata: has no effect for gif, only for jpeg, png, webp, tiff, avif"},
        {"- {name: a, width: 1, format: png, max_bytes: 100K}",
         "c:4:47: max_bytes: is reached by lowering the quality, which png does not have, only jpeg, webp, "
         "avif"},
    };
    g_autoptr(Config) config = parse(
        "- {name: a, width: 1, format: source, quality: 9, palette: true, progressive: true, frames: 2}\n"
        "- {name: b, width: 1, format: png, quality: auto, lossless: false, frames: all, max_bytes: none}\n");

    cr_expect_eq(config->outputs->len, 2);
    REFUSED(cases);
}

Test(outputs, contradictions_name_their_place)
{
    static const Case cases[] = {
        {"- {name: a, width: 1, height: 1, crop: north}",
         "c:4:40: crop: has an effect with fit cover only, not inside"},
        {"- {name: a, width: 1, format: webp, lossless: true, quality: 3}",
         "c:4:62: quality: cannot be combined with lossless"},
        {"- {name: a, width: 1, format: webp, lossless: true, max_bytes: 3}",
         "c:4:64: max_bytes: is reached by lowering the quality, which lossless does not allow"},
        {"- {name: a, width: 1, format: avif, lossless: true, subsampling: '4:2:0'}",
         "c:4:66: subsampling: 4:2:0 is not lossless"},
        {"- {name: a, width: 1, format: avif, encoder: svt, lossless: true}",
         "c:4:46: encoder: svt cannot encode lossless"},
        {"- {name: a, width: 1, format: avif, encoder: svt, subsampling: '4:4:4'}",
         "c:4:46: encoder: svt does not support subsampling 4:4:4"},
    };

    REFUSED(cases);
}

Test(outputs, values_of_each_kind)
{
    static const Case cases[] = {
        {"- {name: a, width: 1, enlarge: yes}", "c:4:32: enlarge: must be true or false, not 'yes'"},
        {"- {name: a, width: 1, enlarge: 'true'}",
         "c:4:32: enlarge: must be true or false, not the text 'true'"},
        {"- {name: a, width: 1, background: white}",
         "c:4:35: background: must be a colour \"#rrggbb\", in quotes, not 'white'"},
        {"- {name: a, width: 1, background: '#fff'}",
         "c:4:35: background: must be a colour \"#rrggbb\", in quotes, not the text '#fff'"},
        {"- {name: a, width: 1, background: '#-12345'}",
         "c:4:35: background: must be a colour \"#rrggbb\", in quotes, not the text '#-12345'"},
        {"- {name: a, width: 1, max_bytes: 0}",
         "c:4:34: max_bytes: must be none or a whole number from 1 to 4Gi, such as 256M or 256Mi, not '0'"},
        {"- {name: a, width: 1, sharpen: 101}",
         "c:4:32: sharpen: must be a whole number from 0 to 100, not '101'"},
        {"- {name: a, width: 1, profile: adobe}",
         "c:4:32: profile: must be one of srgb, keep, p3, not 'adobe'"},
    };
    g_autoptr(Config) config =
        parse("- {name: a, width: 2, height: 3, fit: cover, crop: center, enlarge: true,"
              " background: '#0aBBcc', max_bytes: 100K, sharpen: 0}\n");
    const Recipe *recipe = &config_output(config, 0)->recipe;

    cr_expect_eq(recipe->crop, CROP_CENTRE);
    cr_expect(recipe->enlarge);
    cr_expect_eq(recipe->background, 0x0abbcc);
    cr_expect_eq(recipe->max_bytes, 100000);
    REFUSED(cases);
}

Test(outputs, scales_become_outputs)
{
    g_autoptr(Config) config = parse("- {name: first, width: 5}\n"
                                     "- {name: thumb, scale: [2, 1, 3], width: 10, height: 20, fit: cover,\n"
                                     "   crop: east, headers: {Expires: never}, key: '{output}/{stem}'}\n"
                                     "- {name: large, scale: [4], height: 100}\n"
                                     "- {name: large@2x, width: 7}\n");
    static const struct {
        const char *name;
        guint32 width, height;
    } expected[] = {
        {"first", 5, 0},      {"thumb", 10, 20},    {"thumb@2x", 20, 40},
        {"thumb@3x", 30, 60}, {"large@4x", 0, 400}, {"large@2x", 7, 0},
    };

    cr_assert_eq(config->outputs->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const OutputConfig *output = config_output(config, i);

        cr_expect_str_eq(output->name, expected[i].name);
        cr_expect_eq(output->recipe.width, expected[i].width);
        cr_expect_eq(output->recipe.height, expected[i].height);
        cr_expect_eq(output->scales, 1u << 1);
        if (i >= 1 && i <= 3) {
            cr_expect_eq(output->recipe.crop, CROP_EAST);
            cr_expect_eq(output->headers->len, 1);
            cr_expect_str_eq(key_template_text(output->key), "{output}/{stem}");
        }
    }
}

Test(outputs, scales_that_do_not_work_say_where)
{
    static const Case cases[] = {
        {"- {name: a, width: 1, scale: 2}",
         "c:4:30: scale: must be a list of different whole numbers from 1 to 4, not '2'"},
        {"- {name: a, width: 1, scale: []}",
         "c:4:30: scale: must be a list of different whole numbers from 1 to 4, not a list"},
        {"- {name: a, width: 1, scale: [1, 5]}",
         "c:4:34: scale: must be a list of different whole numbers from 1 to 4, not '5'"},
        {"- {name: a, width: 1, scale: [0]}",
         "c:4:31: scale: must be a list of different whole numbers from 1 to 4, not '0'"},
        {"- {name: a, width: 1, scale: [2, 2]}",
         "c:4:34: scale: must be a list of different whole numbers from 1 to 4, not '2'"},
        {"- {name: a, width: 1, scale: [1, 33]}",
         "c:4:34: scale: must be a list of different whole numbers from 1 to 4, not '33'"},
        {"- {name: a, width: 5000, scale: [1, 4]}", "c:4:20: width: 4 times 5000 is more than 16383"},
        {"- {name: a, height: 8192, scale: [2]}", "c:4:21: height: 2 times 8192 is more than 16383"},
        {"- {name: a@2x, width: 1, scale: [1, 2]}", "c:4:10: name: 'a@2x' already ends in a scale"},
        {"- {name: a@5x, width: 1}", "c:4:10: name: 'a@5x': an output's name is 1 to 64 of a-z 0-9 _ -"},
        {"- {name: a@, width: 1}", "c:4:10: name: 'a@': an output's name is 1 to 64 of a-z 0-9 _ -"},
        {"- {name: a, scale: [1, 2], width: 1}\n- {name: a@2x, width: 3}",
         "c:5:10: name: a second output with the name 'a@2x'"},
        {"- {name: a, scale: [1, 2], width: 1, key: '{stem}'}",
         "c:4:43: key: outputs 'a' and 'a@2x' have the same key for 'photo.jpg' (use {output} in the "
         "template)"},
    };

    REFUSED(cases);
}

Test(outputs, sixty_four_are_the_most_with_their_scales)
{
    g_autoptr(GString) text = g_string_new(STORES);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;

    for (guint i = 0; i < LIMIT_OUTPUTS / 4; i++)
        g_string_append_printf(text, "- {name: o%u, width: 1, scale: [1, 2, 3, 4]}\n", i);
    config = config_parse(text->str, text->len, "c", &error);
    cr_assert_not_null(config);
    cr_expect_eq(config->outputs->len, LIMIT_OUTPUTS);
    g_string_append(text, "- {name: more, width: 1}\n");
    cr_assert_null(config_parse(text->str, text->len, "c", &error));
    cr_expect_str_eq(error->message, "c:4:1: outputs: 65 including their scales, more than 64");
}

Test(outputs, the_format_source_may_take_the_key_of_another)
{
    static const Case cases[] = {
        {"- {name: a, width: 1, format: source, key: '{stem}.{ext}'}\n- {name: b, width: 1, format: avif, "
         "key: '{stem}.{ext}'}",
         "c:5:42: key: outputs 'a' and 'b' have the same key for 'photo.avif' (use {output} in the "
         "template)"},
    };

    REFUSED(cases);
}

Test(outputs, what_an_upload_may_carry)
{
    static const Case cases[] = {
        {"- {name: a, width: 1, kms_key: k}", "c:4:32: kms_key: needs encryption aws:kms, not none"},
        {"- {name: a, width: 1, encryption: AES256, kms_key: k}",
         "c:4:52: kms_key: needs encryption aws:kms, not AES256"},
        {"- {name: a, width: 1, encryption: aes}",
         "c:4:35: encryption: must be one of none, AES256, aws:kms, aws:kms:dsse, not 'aes'"},
        {"- {name: a, width: 1, storage_class: glacier}",
         "c:4:38: storage_class: 'glacier': a storage class is 1 to 64 of A-Z 0-9 _ -"},
        {"- {name: a, width: 1, encryption: 'aws:kms', kms_key: 'a b'}",
         "c:4:55: kms_key: 'a b': a key's id is 1 to 512 printable characters without spaces"},
        {"- {name: a, width: 1, tags: {'aws:x': y}}",
         "c:4:30: tags: 'aws:x': tag names starting with aws: are reserved"},
        {"- {name: a, width: 1, tags: [x]}",
         "c:4:29: tags: must be a mapping of names to values, not a list"},
        {"- {name: a, width: 1, headers: {x-amz-meta-thumbmill-version: 1}}",
         "c:4:33: headers: 'x-amz-meta-thumbmill-version': names starting with x-amz-meta-thumbmill- "
         "are reserved"},
    };
    g_autoptr(Config) config = parse("- {name: a, width: 1, acl: public-read, storage_class: MY_CLASS-2, "
                                     "encryption: 'aws:kms:dsse', kms_key: 'arn:aws:kms:r:1:key/a-b', "
                                     "tags: {a: 1}}\n"
                                     "- {name: b, width: 1}\n");
    const OutputConfig *all = config_output(config, 0), *none = config_output(config, 1);

    cr_expect_eq(all->acl, CONFIG_ACL_PUBLIC_READ);
    cr_expect_str_eq(all->storage_class, "MY_CLASS-2");
    cr_expect_eq(all->encryption, CONFIG_ENCRYPTION_KMS_DSSE);
    cr_expect_str_eq(all->kms_key, "arn:aws:kms:r:1:key/a-b");
    cr_expect_eq(all->tags->len, 1);
    cr_expect_eq(none->acl, CONFIG_ACL_NONE);
    cr_expect_null(none->storage_class);
    cr_expect_eq(none->encryption, CONFIG_ENCRYPTION_NONE);
    cr_expect_null(none->kms_key);
    cr_expect_eq(none->tags->len, 0);
    REFUSED(cases);
}

Test(outputs, provenance_needs_room_beside_other_metadata)
{
    g_autofree char *value = g_strnfill(CONFIG_MAX_HEADER_BYTES - CONFIG_MAX_PROVENANCE_BYTES, 'x');
    g_autofree char *output = g_strdup_printf("- {name: a, width: 1, headers: {x-amz-meta-a: %s}}", value);
    const Case too_much = {output, "c:4:32: headers: more than 1536 bytes of x-amz-meta-*, which is what "
                                   "destination.provenance leaves of the limit of 2048"};
    g_autofree char *without = g_strdup_printf("source: {url: s3://photos}\ndestination: {url: s3://web, "
                                               "provenance: false}\noutputs:\n%s",
                                               output);
    g_autoptr(Config) config = config_parse(without, strlen(without), "c", NULL);

    check_refused(&too_much);
    cr_assert_not_null(config);
}
