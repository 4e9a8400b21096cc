#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "config/config.h"

#define STORES "source: {url: s3://photos}\ndestination: {url: s3://web}\n"

static Config *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c.yaml", &error);

    cr_assert_not_null(config, "%s: %s", text, error->message);
    return config;
}

static GVariant *variant_of(const char *text)
{
    g_autoptr(Config) config = parse(text);

    return g_variant_ref_sink(config_to_variant(config));
}

Test(presets, are_the_same_as_the_keys_written_out)
{
    static const char *const table[] = {
        STORES "defaults: {quality: 70, format: webp}\n"
               "presets:\n"
               "  square: {width: 100, height: 100, fit: cover}\n"
               "  cached: {headers: {Cache-Control: max-age=1}, quality: 60}\n"
               "  warm: {quality: 50, linear: true}\n"
               "outputs:\n"
               "  - {name: plain, width: 5}\n"
               "  - {name: one, preset: square}\n"
               "  - {name: own, preset: square, fit: fill, quality: 40}\n"
               "  - {name: two, preset: [square, cached, warm]}\n"
               "  - {name: reverse, preset: [warm, cached, square]}\n"
               "  - {name: none, preset: [], width: 6, format: jpeg}\n",
        STORES
        "outputs:\n"
        "  - {name: plain, width: 5, quality: 70, format: webp}\n"
        "  - {name: one, width: 100, height: 100, fit: cover, quality: 70, format: webp}\n"
        "  - {name: own, width: 100, height: 100, fit: fill, quality: 40, format: webp}\n"
        "  - {name: two, width: 100, height: 100, fit: cover, headers: {Cache-Control: max-age=1}, quality: "
        "50,\n"
        "     linear: true, format: webp}\n"
        "  - {name: reverse, width: 100, height: 100, fit: cover, headers: {Cache-Control: max-age=1},\n"
        "     quality: 60, linear: true, format: webp}\n"
        "  - {name: none, width: 6, quality: 70, format: jpeg}\n",
        /* A key is replaced as a whole. */
        STORES "presets: {a: {headers: {Expires: x}, tags: {t: '1'}}}\n"
               "outputs: [{name: o, width: 1, preset: a, headers: {Cache-Control: y}}]\n",
        STORES "outputs: [{name: o, width: 1, headers: {Cache-Control: y}, tags: {t: '1'}}]\n",
        /* Without presets nothing changes. */
        STORES "presets: {}\ndefaults: {}\noutputs: [{name: o, width: 1}]\n",
        STORES "outputs: [{name: o, width: 1}]\n",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(table); i += 2) {
        g_autoptr(GVariant) with = variant_of(table[i]);
        g_autoptr(GVariant) without = variant_of(table[i + 1]);

        cr_expect(g_variant_equal(with, without), "%s", table[i]);
    }
}

Test(presets, mistakes)
{
    static const char *const table[] = {
        STORES "presets: {square: {width: 1}}\noutputs: [{name: a, preset: sqare}]\n",
        "c.yaml:4:29: preset: there is no preset 'sqare', did you mean 'square'?",
        STORES "outputs: [{name: a, width: 1, preset: other}]\n",
        "c.yaml:3:39: preset: there is no preset 'other'",
        STORES "outputs: [{name: a, width: 1, preset: {b: 1}}]\n",
        "c.yaml:3:39: preset: must be a name or a list of names, not a mapping",
        STORES "outputs: [{name: a, width: 1, preset: [~]}]\n",
        "c.yaml:3:40: preset: must be a name or a list of names, not nothing",
        STORES "presets: [a]\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:10: must be a mapping of keys to values, not a list",
        STORES "presets: {a: 1}\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:14: must be a mapping of keys to values, not '1'",
        STORES "defaults: 1\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:11: must be a mapping of keys to values, not '1'",
        /* Also in a preset that nobody uses. */
        STORES "presets: {a: {widht: 1}}\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:15: unknown key 'widht', did you mean 'width'?",
        STORES "presets: {a: {name: b}}\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:15: name belongs to an output, not to a preset",
        STORES "presets: {a: {preset: b}, b: {}}\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:15: preset belongs to an output, not to a preset",
        STORES "defaults: {name: b}\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:12: name belongs to an output, not to a preset",
        STORES "preset: {}\noutputs: [{name: a, width: 1}]\n",
        "c.yaml:3:1: unknown key 'preset', did you mean 'presets'?",
        /* A bad value is reported once, where it is written, however many outputs use it. */
        STORES "presets: {a: {quality: 101}}\noutputs: [{name: a, width: 1, preset: a}, {name: b, width: 1, "
               "preset: a}]\n",
        "c.yaml:3:24: quality: must be auto or a whole number from 1 to 100, not '101'",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(table); i += 2) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(config_parse(table[i], strlen(table[i]), "c.yaml", &error), "%s", table[i]);
        cr_expect_str_eq(error->message, table[i + 1]);
    }
}
