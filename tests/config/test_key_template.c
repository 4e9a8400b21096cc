#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "config/key_template.h"

static const KeyTemplateValues values = {"thumb", "webp", 256, 128, "0badcafe"};

Test(key_template, expands)
{
    static const struct {
        const char *text, *key, *expected;
    } table[] = {
        {"{output}/{dir}{stem}.{ext}", "a.jpg", "thumb/a.webp"},
        {"{output}/{dir}{stem}.{ext}", "d/e/a.b.jpg", "thumb/d/e/a.b.webp"},
        {"{output}/{dir}{stem}.{ext}", "d.x/a", "thumb/d.x/a.webp"},
        {"{output}/{dir}{stem}.{ext}", ".jpg", "thumb/.jpg.webp"},
        {"{output}/{dir}{stem}.{ext}", "d/.hidden.jpg", "thumb/d/.hidden.webp"},
        {"{output}/{dir}{stem}.{ext}", "a.", "thumb/a.webp"},
        {"{output}/{dir}{stem}.{ext}", "..jpg", "thumb/..webp"},
        {"{output}/{dir}{stem}.{ext}", "//a.jpg", "thumb///a.webp"},
        {"{output}/{dir}{stem}.{ext}", "d/", "thumb/d/.webp"},
        {"{output}/{dir}{stem}.{ext}", "sp ace/\xc3\xa9+%41.png", "thumb/sp ace/\xc3\xa9+%41.webp"},
        {"{output}/{dir}{stem}.{ext}", "\xff.png", "thumb/\xff.webp"},
        {"{name}", "d/a.jpg", "a.jpg"},
        {"{dir}{name}-{width}x{height}.{ext}", "d/a.jpg", "d/a.jpg-256x128.webp"},
        {"{stem}{stem}", "a.jpg", "aa"},
        {"{{{stem}}}", "a.jpg", "{a}"},
        {"{{stem}}{stem}", "a.jpg", "{stem}a"},
        {"plain/{stem}", "{x}.jpg", "plain/{x}"},
        {"{recipe}/{stem}-{recipe}.{ext}", "a.jpg", "0badcafe/a-0badcafe.webp"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(KeyTemplate) key_template = key_template_parse(table[i].text, &error);
        g_autofree char *key = NULL;

        cr_assert_not_null(key_template, "%s", table[i].text);
        cr_assert_str_eq(key_template_text(key_template), table[i].text);
        key = key_template_expand(key_template, &values, table[i].key);
        cr_assert_str_eq(key, table[i].expected);
    }
}

Test(key_template, prefix_is_what_all_keys_start_with)
{
    static const struct {
        const char *text, *expected;
    } table[] = {
        {"{output}/{dir}{stem}.{ext}", "thumb/"},
        {"{dir}{output}/{stem}", ""},
        {"{stem}", ""},
        {"{name}", ""},
        {"w{width}h{height}/{ext}/{stem}", "w256h128/webp/"},
        {"{{x/{stem}", "{x/"},
        {"{recipe}/{stem}", "0badcafe/"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(KeyTemplate) key_template = key_template_parse(table[i].text, NULL);
        g_autofree char *prefix = key_template_prefix(key_template, &values);

        cr_assert_str_eq(prefix, table[i].expected);
    }
}

Test(key_template, the_format_source_has_the_keys_extension)
{
    static const KeyTemplateValues source = {"thumb", NULL, 0, 128, "0badcafe"};
    static const struct {
        const char *key, *expected;
    } table[] = {
        {"d/a.PNG", "png"}, {"a.jpeg", "jpeg"}, {"a.JPG", "jpg"},    {"a.tiff", "tiff"}, {"a.b.avif", "avif"},
        {"a.heic", "jpg"},  {"a.HEIF", "jpg"},  {"a", "jpg"},        {"a.", "jpg"},      {".png", "jpg"},
        {"x.png/a", "jpg"}, {"a.svg", "jpg"},   {"a.source", "jpg"},
    };
    g_autoptr(KeyTemplate) key_template = key_template_parse("{ext}{stem}", NULL);
    g_autoptr(KeyTemplate) sides = key_template_parse("{ext}/{stem}_{width}x{height}", NULL);
    g_autofree char *prefix = key_template_prefix(sides, &source);
    g_autofree char *both = key_template_expand(sides, &source, "a.webp");

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *key = key_template_expand(key_template, &source, table[i].key);

        cr_expect(g_str_has_prefix(key, table[i].expected), "%s: %s", table[i].key, key);
    }
    cr_expect_str_eq(prefix, "", "it depends on the key");
    cr_expect_str_eq(both, "webp/a_autox128");
}

Test(key_template, illegal_ones_say_why)
{
    g_autofree char *filler = g_strnfill(KEY_TEMPLATE_MAX_BYTES, 'x');
    g_autofree char *longer = g_strconcat("{stem}", filler, NULL);
    const struct {
        const char *text, *reason;
    } table[] = {
        {"", "1 to 512 bytes"},
        {longer, "1 to 512 bytes"},
        {"{stem}\n", "control characters"},
        {"{stem", "'{' without"},
        {"{", "'{' without"},
        {"{st{em}", "'{' without"},
        {"stem}", "'}' without"},
        {"{stem}}", "'}' without"},
        {"{stam}", "unknown placeholder {stam}"},
        {"{}", "unknown placeholder {}"},
        {"{Stem}", "unknown placeholder {Stem}"},
        {"{stem }", "unknown placeholder {stem }"},
        {"{output}.{ext}", "{stem} or {name}"},
        {"{dir}x.{ext}", "{stem} or {name}"},
        {"/{stem}", "into '/stem'"},
        {"{stem}/", "into 'stem/'"},
        {"x//{stem}", "'//'"},
        {"./{stem}", "into './stem'"},
        {"x/../{stem}", "'..'"},
        {"{dir}/{stem}", "turns 'stem.ext' into '/stem'"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(key_template_parse(table[i].text, &error), "%s", table[i].text);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert_not_null(strstr(error->message, table[i].reason), "'%s': %s", table[i].text,
                           error->message);
        cr_assert_null(strchr(error->message, '\n'));
    }
}

Test(key_template, longest_is_legal)
{
    g_autofree char *filler = g_strnfill(KEY_TEMPLATE_MAX_BYTES - 6, 'x');
    g_autofree char *text = g_strconcat(filler, "{stem}", NULL);
    g_autoptr(KeyTemplate) key_template = key_template_parse(text, NULL);

    cr_assert_not_null(key_template);
}

Test(key_template, shapes_of_templates_whose_keys_sort_like_those_of_the_source)
{
    static const struct {
        const char *text, *prefix, *end;
        gboolean by_name;
    } table[] = {
        {"{output}/{dir}{stem}.{ext}", "thumb/", ".webp", FALSE},
        {"{dir}{stem}/{output}-{width}.{ext}", "", "/thumb-256.webp", FALSE},
        {"x{{{dir}{name}", "x{", "", TRUE},
        {"{dir}{name}.{stem}.{ext}", "", ".webp", TRUE},
        {"{ext}/{dir}{stem}-{dir}{stem}", "webp/", "", FALSE},
    };
    static const char *const others[] = {
        "{stem}.{ext}", "{name}", "{dir}x{stem}", "{stem}{dir}{name}", "{dir}{stem}{name}",
    };
    KeyTemplateValues source = values;

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(KeyTemplate) key_template = key_template_parse(table[i].text, NULL);
        g_auto(KeyTemplateShape) shape = {0};

        cr_assert(key_template_shape(key_template, &values, &shape), "%s", table[i].text);
        cr_assert_str_eq(shape.prefix, table[i].prefix);
        cr_assert_str_eq(shape.end, table[i].end);
        cr_assert_eq(shape.by_name, table[i].by_name);
    }
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(KeyTemplate) key_template = key_template_parse(others[i], NULL);
        KeyTemplateShape shape;

        cr_assert(key_template == NULL || !key_template_shape(key_template, &values, &shape), "%s",
                  others[i]);
    }
    source.extension = NULL;
    {
        g_autoptr(KeyTemplate) first = key_template_parse("{ext}/{dir}{stem}", NULL);
        g_autoptr(KeyTemplate) last = key_template_parse("{dir}{stem}.{ext}", NULL);
        g_auto(KeyTemplateShape) shape = {0};

        cr_assert_not(key_template_shape(first, &source, &shape));
        cr_assert(key_template_shape(last, &source, &shape));
        cr_assert_str_eq(shape.end, "");
    }
}

Test(key_template, an_output_key_fits_the_template_that_made_it)
{
    static const struct {
        const char *text, *key;
        gboolean fits;
    } table[] = {
        {"{output}/{dir}{stem}.{ext}", "thumb/a.webp", TRUE},
        {"{output}/{dir}{stem}.{ext}", "thumb/d/e/a.b.webp", TRUE},
        {"{output}/{dir}{stem}.{ext}", "thumb/d/.webp", TRUE},
        {"{output}/{dir}{stem}.{ext}", "thumb/a.jpg", FALSE},
        {"{output}/{dir}{stem}.{ext}", "thumb/a.webp.bak", FALSE},
        {"{output}/{dir}{stem}.{ext}", "large/a.webp", FALSE},
        {"{output}/{dir}{stem}.{ext}", "thumb", FALSE},
        {"{output}/{dir}{stem}.{ext}", "", FALSE},
        {"{dir}{name}-{width}x{height}.{ext}", "d/a.jpg-256x128.webp", TRUE},
        {"{dir}{name}-{width}x{height}.{ext}", "d/a.jpg-256x129.webp", FALSE},
        {"{stem}.{ext}", "d/a.webp", FALSE},
        {"{stem}{stem}", "abab", TRUE},
        {"{stem}{stem}", "abac", FALSE},
        {"{dir}x/{dir}{stem}", "d/x/d/a", TRUE},
        {"{dir}x/{dir}{stem}", "d/x/e/a", FALSE},
        {"{stem}/{name}", "a.b/a.b.jpg", TRUE},
        {"{stem}/{name}", "a/a", TRUE},
        {"{stem}/{name}", "a/b.jpg", FALSE},
        {"{stem}/{name}", "a/a.b.jpg", FALSE},
        {"{{{stem}}}", "{a}", TRUE},
        {"{{{stem}}}", "a", FALSE},
        {"{recipe}/{stem}", "0badcafe/a", TRUE},
        {"{recipe}/{stem}", "01234567/a", TRUE}, /* of a former recipe */
        {"{recipe}/{stem}", "0123456/a", FALSE},
        {"{recipe}/{stem}", "0123456X/a", FALSE},
        {"{recipe}{stem}", "0123456789", TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(KeyTemplate) key_template = key_template_parse(table[i].text, NULL);

        cr_assert_not_null(key_template, "%s", table[i].text);
        cr_assert_eq(key_template_fits(key_template, &values, table[i].key, NULL), table[i].fits, "%s %s",
                     table[i].text, table[i].key);
    }
}

Test(key_template, an_extension_of_the_source_fits_if_it_is_one)
{
    static const KeyTemplateValues of_source = {"thumb", NULL, 256, 128, "0badcafe"};
    g_autoptr(KeyTemplate) by_stem = key_template_parse("{dir}{stem}.{ext}", NULL);
    g_autoptr(KeyTemplate) by_name = key_template_parse("{dir}{name}.{ext}", NULL);

    cr_assert(key_template_fits(by_stem, &of_source, "d/a.png", NULL));
    cr_assert(key_template_fits(by_stem, &of_source, "d/a.jpeg", NULL));
    cr_assert_not(key_template_fits(by_stem, &of_source, "d/a.PNG", NULL), "extensions are in lower case");
    cr_assert_not(key_template_fits(by_stem, &of_source, "d/a.txt", NULL));
    cr_assert_not(key_template_fits(by_stem, &of_source, "d/a.heic", NULL), "it becomes JPEG");
    cr_assert(key_template_fits(by_name, &of_source, "a.png.png", NULL));
    cr_assert(key_template_fits(by_name, &of_source, "a.heic.jpg", NULL));
    cr_assert_not(key_template_fits(by_name, &of_source, "a.png.jpg", NULL));
}

/* And says what the key starts with, if the template has {dir} and one of {stem} and {name}. */
Test(key_template, every_expansion_fits)
{
    static const char *const texts[] = {"{output}/{dir}{stem}.{ext}", "{dir}{stem}/{output}.{ext}",
                                        "{dir}{name}", "{stem}-{name}.{ext}", "{dir}{stem}{dir}{stem}"};
    static const char letters[] = "ab./-j";
    g_autoptr(GRand) dice = g_rand_new_with_seed(1);

    for (guint i = 0; i < 20000; i++) {
        g_autoptr(KeyTemplate) key_template = key_template_parse(texts[i % G_N_ELEMENTS(texts)], NULL);
        char key[9] = "";
        g_autofree char *made = NULL, *start = NULL;

        for (gint j = g_rand_int_range(dice, 1, 9); j-- > 0;)
            key[j] = letters[g_rand_int_range(dice, 0, sizeof letters - 1)];
        made = key_template_expand(key_template, &values, key);
        cr_assert(key_template_fits(key_template, &values, made, &start), "%s of %s", made, key);
        cr_assert(i % G_N_ELEMENTS(texts) > 2 || g_str_has_prefix(key, start), "%s: %s of %s", start, made,
                  key);
    }
}

Test(key_template, knows_whether_the_recipe_is_in_it)
{
    g_autoptr(KeyTemplate) with = key_template_parse("{output}/{recipe}/{stem}", NULL);
    g_autoptr(KeyTemplate) without = key_template_parse("recipe/{{recipe}}/{stem}", NULL);

    cr_assert(key_template_has_recipe(with));
    cr_assert_not(key_template_has_recipe(without));
}
