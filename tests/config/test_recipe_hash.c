#include <criterion/criterion.h>
#include <string.h>

#include "config/config.h"
#include "config/recipe_hash.h"

static char *hash_of(const char *output, const char *rest, guint i)
{
    g_autofree char *text = g_strdup_printf("source: {url: 'file:///a/'}\ndestination: {url: 'file:///b/'}\n"
                                            "outputs: [{%s}, {name: other, width: 9}]\n%s",
                                            output, rest);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return i == G_MAXUINT ? recipe_hash_all(config) : recipe_hash(config, i);
}

#define PLAIN "name: x, width: 100, format: webp"

/* Ledgers store these hashes: a release that changes them retries every failure. */
Test(recipe_hash, is_the_same_everywhere)
{
    g_autofree char *hash = hash_of(PLAIN, "", 0);
    g_autofree char *renamed = hash_of("name: y, width: 100, format: webp, key: '{name}.webp', "
                                       "headers: {Expires: never}",
                                       "stop_timeout: 1s\nworkers: {count: 3}\nretries: {attempts: 2}\n", 0);

    cr_assert_eq(strlen(hash), 16);
    cr_assert_eq(strspn(hash, "0123456789abcdef"), 16);
    cr_assert_str_eq(hash, renamed, "what decides no bytes is nothing to it");
    cr_assert_str_eq(hash, "c5b607392e670205",
                     "an option that came later and has its default changes nothing");
}

Test(recipe_hash, changes_with_whatever_decides)
{
    static const char *const outputs[] = {
        "name: x, width: 101, format: webp",
        "name: x, width: 100, format: png",
        "name: x, width: 100, format: webp, quality: 3",
        "name: x, width: 100, format: webp, max_bytes: 3K",
        "name: x, width: 100, format: avif",
        "name: x, width: 100, format: avif, encoder: svt",
    };
    static const char *const others[] = {
        "limits: {max_pixels: 1M}\n",       "limits: {max_source_bytes: 1M}\n",
        "limits: {max_output_bytes: 1M}\n", "limits: {max_frames: 3}\n",
        "limits: {truncated: accept}\n",    "limits: {memory: 1G}\n",
        "workers: {task_timeout: 3s}\n",
    };
    g_autofree char *plain = hash_of(PLAIN, "", 0);
    g_autofree char *all = hash_of(PLAIN, "", G_MAXUINT);
    g_autofree char *second = hash_of(PLAIN, "", 1);

    for (guint i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autofree char *hash = hash_of(outputs[i], "", 0);
        g_autofree char *hash_all = hash_of(outputs[i], "", G_MAXUINT);
        g_autofree char *untouched = hash_of(outputs[i], "", 1);

        cr_assert_str_neq(hash, plain, "%s", outputs[i]);
        cr_assert_str_neq(hash_all, all, "%s", outputs[i]);
        cr_assert_str_eq(untouched, second, "%s", outputs[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *hash = hash_of(PLAIN, others[i], 0);

        cr_assert_str_neq(hash, plain, "%s", others[i]);
    }
}
