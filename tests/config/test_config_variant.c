/* Transfer of a configuration from the main process to the supervisor: nothing is lost, and nothing is
 * trusted. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "config/config.h"

/* A configuration in which no field has its default. */
static const char full[] =
    "source:\n"
    "  url: s3://photos/originals/\n"
    "  include: ['*.x', '*.y']\n"
    "  exclude: ['z/*']\n"
    "  s3: {endpoint: 'http://source:1', region: r-1, addressing: path, ca_file: /a, credentials_file: /ka, "
    "requester_pays: true, "
    "list_version: 1, list_ranges: 3}\n"
    "destination:\n"
    "  url: s3://web/out/\n"
    "  s3: {endpoint: 'http://destination:2', region: r-2, addressing: virtual, ca_file: /b, "
    "credentials_file: /kb, verify_etag: "
    "false, checksum: sha256, sign_payload: true}\n"
    "  provenance: false\n"
    "  keep_existing: true\n"
    "  state: kept/here\n"
    "  create: true\n"
    "  orphan_grace: 5m\n"
    "  max_delete: 7%\n"
    "  file_mode: '0640'\n"
    "  dir_mode: '2750'\n"
    "outputs:\n"
    "- {name: one, width: 1, height: 2, fit: cover, enlarge: true, crop: north-east, background: '#102030',\n"
    "   format: source, quality: 3, effort: 4, progressive: true, subsampling: '4:4:4', palette: true,\n"
    "   max_bytes: 5, profile: p3, metadata: keep, linear: true, sharpen: 6, frames: 7, key: '1/{stem}',\n"
    "   headers: {Expires: never, x-amz-meta-a: b}, acl: private, storage_class: GLACIER_IR,\n"
    "   encryption: 'aws:kms', kms_key: k, tags: {t: u, v: ''}, copy_metadata: ['*', w], match: ['m*', n], "
    "except: [o]}\n"
    "- {name: two, scale: [3], width: 4, height: 5, fit: cover, format: webp, lossless: true, key: "
    "'2/{name}'}\n"
    "workers: {count: 7, max_tasks_per_child: 8, task_timeout: 9s, tasks_in_flight: 10}\n"
    "recipe_change: remake\n"
    "limits: {max_pixels: 11, max_source_bytes: 12, max_output_bytes: 13, max_frames: 14, truncated: "
    "accept,\n"
    "         memory: 15Gi}\n"
    "retries: {attempts: 13, runs: 15}\n"
    "stop_timeout: 14s\n"
    "sandbox: best-effort\n"
    "state_directory: /d\n"
    "schedule: '15 * * * *'\n"
    "jitter: 16s\n"
    "missed: skip\n"
    "heartbeat_timeout: 17s\n"
    "control: {socket: /c, mode: '0640', group: g}\n";

static Config *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

static void assert_shown(const char *text)
{
    g_autoptr(Config) config = parse(text);
    g_autofree char *shown = config_show(config);
    g_autoptr(Config) again = parse(shown);
    g_autofree char *shown_again = config_show(again);
    g_autoptr(GVariant) variant = g_variant_ref_sink(config_to_variant(config));
    g_autoptr(GVariant) variant_again = g_variant_ref_sink(config_to_variant(again));

    cr_expect(g_variant_equal(variant, variant_again), "%s", shown);
    cr_expect_str_eq(shown, shown_again);
}

Test(config_variant, what_is_shown_reads_back_as_the_same)
{
    assert_shown(full);
    assert_shown("source: {url: 'file:///a b/''$${x}/'}\ndestination: {url: s3://web}\n"
                 "defaults: {headers: {Cache-Control: 'a: \"b\" # c', x-amz-meta-q: '$${y}'}}\n"
                 "outputs: [{name: a, width: 1, scale: [1, 2]}, {name: b, height: 2, tags: {'a b': 'c=d'}}]\n"
                 "schedule: '*/5 * * * *'\n");
}

static GVariant *full_variant(void)
{
    g_autoptr(Config) config = parse(full);

    return g_variant_ref_sink(config_to_variant(config));
}

static void assert_same_s3(const S3Config *a, const S3Config *b)
{
    cr_assert_str_eq(a->endpoint, b->endpoint);
    cr_assert_str_eq(a->region, b->region);
    cr_assert_eq(a->addressing, b->addressing);
    cr_assert_eq(a->verify_etag, b->verify_etag);
    cr_assert_eq(a->checksum, b->checksum);
    cr_assert_eq(a->sign_payload, b->sign_payload);
    cr_assert_eq(a->requester_pays, b->requester_pays);
    cr_assert_eq(a->list_version, b->list_version);
    cr_assert_eq(a->list_ranges, b->list_ranges);
    cr_assert_str_eq(a->ca_file, b->ca_file);
    cr_assert_str_eq(a->credentials_file, b->credentials_file);
}

static void assert_same_pairs(const GPtrArray *a, const GPtrArray *b)
{
    cr_assert_eq(a->len, b->len);
    for (guint i = 0; i < a->len; i++) {
        const PairConfig *x = a->pdata[i], *y = b->pdata[i];

        cr_assert_str_eq(x->name, y->name);
        cr_assert_str_eq(x->value, y->value);
    }
}

static void assert_same_output(const OutputConfig *a, const OutputConfig *b)
{
    cr_assert_str_eq(a->name, b->name);
    cr_assert_eq(memcmp(&a->recipe, &b->recipe, sizeof a->recipe), 0);
    cr_assert_str_eq(key_template_text(a->key), key_template_text(b->key));
    assert_same_pairs(a->headers, b->headers);
    assert_same_pairs(a->tags, b->tags);
    cr_assert(g_strv_equal((const char *const *)a->copy_metadata, (const char *const *)b->copy_metadata));
    cr_assert_eq(a->acl, b->acl);
    cr_assert_eq(a->encryption, b->encryption);
    cr_assert_eq(g_strcmp0(a->storage_class, b->storage_class), 0);
    cr_assert_eq(g_strcmp0(a->kms_key, b->kms_key), 0);
}

Test(config_variant, every_field_arrives)
{
    g_autoptr(Config) a = parse(full);
    g_autoptr(GVariant) variant = g_variant_ref_sink(config_to_variant(a));
    g_autoptr(Config) b = config_from_variant(variant, NULL);

    cr_assert_not_null(b);
    cr_assert_str_eq(b->source.url, "s3://photos/originals/");
    cr_assert(g_strv_equal((const char *const *)a->source.include, (const char *const *)b->source.include));
    cr_assert(g_strv_equal((const char *const *)a->source.exclude, (const char *const *)b->source.exclude));
    cr_assert_eq(g_strv_length(b->source.include), 2);
    assert_same_s3(&a->source.s3, &b->source.s3);
    cr_assert_str_eq(b->destination.url, "s3://web/out/");
    assert_same_s3(&a->destination.s3, &b->destination.s3);
    cr_assert_eq(b->outputs->len, 2);
    assert_same_output(config_output(a, 0), config_output(b, 0));
    assert_same_output(config_output(a, 1), config_output(b, 1));
    cr_assert_eq(config_output(b, 0)->headers->len, 2);
    cr_assert_eq(config_output(b, 0)->tags->len, 2);
    cr_assert_eq(b->destination.provenance, CONFIG_PROVENANCE_NONE);
    cr_assert(b->destination.keep_existing);
    cr_assert_str_eq(b->destination.state, "kept/here/");
    cr_assert_eq(b->recipe_change, CONFIG_RECIPE_CHANGE_REMAKE);
    cr_assert(b->destination.create);
    cr_assert_eq(b->destination.orphans, CONFIG_ORPHANS_KEEP);
    cr_assert_eq(b->destination.orphan_grace_ms, 300000);
    cr_assert_str_eq(b->destination.max_delete, "7%");
    cr_assert_str_eq(b->destination.file_mode, "0640");
    cr_assert_str_eq(b->destination.dir_mode, "2750");
    cr_assert_eq(config_output(b, 0)->recipe.max_bytes, 5);
    cr_assert_eq(config_output(b, 0)->recipe.max_frames, 7);
    cr_assert_str_eq(config_output(b, 1)->name, "two@3x");
    cr_assert_eq(memcmp(&a->workers, &b->workers, sizeof a->workers), 0);
    cr_assert_eq(b->workers.count, 7);
    cr_assert_eq(b->workers.max_tasks_per_child, 8);
    cr_assert_eq(b->workers.task_timeout_ms, 9000);
    cr_assert_eq(b->workers.tasks_in_flight, 10);
    cr_assert_eq(b->limits.max_pixels, 11);
    cr_assert_eq(b->limits.max_source_bytes, 12);
    cr_assert_eq(b->limits.max_output_bytes, 13);
    cr_assert_eq(b->limits.max_frames, 14);
    cr_assert_eq(b->limits.truncated, CONFIG_TRUNCATED_ACCEPT);
    cr_assert_eq(b->limits.memory_bytes, G_GUINT64_CONSTANT(15) << 30);
    cr_assert_eq(b->retries.attempts, 13);
    cr_assert_eq(b->retries.runs, 15);
    cr_assert_eq(b->stop_timeout_ms, 14000);
    cr_assert_str_eq(b->schedule, "15 * * * *");
    cr_assert_eq(b->jitter_ms, 16000);
    cr_assert_eq(b->heartbeat_timeout_ms, 17000);
    cr_assert_str_eq(b->control.socket, "/c");
    cr_assert_str_eq(b->control.mode, "0640");
    cr_assert_str_eq(b->control.group, "g");
    cr_assert_eq(b->missed, TIMETABLE_MISSED_SKIP);
    cr_assert_eq(b->sandbox, CONFIG_SANDBOX_BEST_EFFORT);
    cr_assert_str_eq(b->state_directory, "/d");
}

Test(config_variant, what_is_not_configured_stays_so)
{
    g_autoptr(Config) a = parse("source: {url: s3://photos}\ndestination: {url: s3://web}\n"
                                "outputs: [{name: a, width: 3, height: 4}]\n");
    g_autoptr(GVariant) variant = g_variant_ref_sink(config_to_variant(a));
    g_autoptr(Config) b = config_from_variant(variant, NULL);
    g_autoptr(GVariant) again = g_variant_ref_sink(config_to_variant(b));

    cr_assert(g_variant_equal(variant, again));
    cr_assert_null(b->source.s3.endpoint);
    cr_assert_null(b->source.s3.region);
    cr_assert_null(b->source.s3.ca_file);
    cr_assert_null(b->source.s3.credentials_file);
    cr_assert_eq(b->workers.count, 0);
}

Test(config_variant, an_empty_include_is_not_the_default)
{
    g_autoptr(Config) a = parse("source: {url: s3://photos, include: []}\ndestination: {url: s3://web}\n"
                                "outputs: [{name: a, width: 3, height: 4}]\n");
    g_autoptr(GVariant) variant = g_variant_ref_sink(config_to_variant(a));
    g_autoptr(Config) b = config_from_variant(variant, NULL);

    cr_assert_eq(g_strv_length(b->source.include), 0);
}

/* A copy of an a{sv} with another value at a path of keys; "0" is the first item of a list. value NULL
 * removes the entry. */
static GVariant *replaced(GVariant *variant, const char *const *path, GVariant *value);

static GVariant *replaced_child(GVariant *child, const char *const *path, GVariant *value)
{
    return path[1] == NULL ? value : replaced(child, path + 1, value);
}

static GVariant *replaced_in_list(GVariant *list, const char *const *path, GVariant *value)
{
    GVariantBuilder builder;
    guint64 number = g_ascii_strtoull(path[0], NULL, 10);

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(list, i);

        g_variant_builder_add_value(&builder, i == number ? replaced_child(item, path, value) : item);
    }
    return g_variant_builder_end(&builder);
}

static GVariant *replaced(GVariant *variant, const char *const *path, GVariant *value)
{
    GVariantBuilder builder;
    GVariantIter iter;
    const char *key;
    GVariant *child;

    if (g_variant_is_of_type(variant, G_VARIANT_TYPE("aa{sv}")))
        return replaced_in_list(variant, path, value);
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init(&iter, variant);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &child)) {
        GVariant *kept = strcmp(key, path[0]) == 0 ? replaced_child(child, path, value) : child;

        if (kept != NULL)
            g_variant_builder_add(&builder, "{sv}", key, kept);
        g_variant_unref(child);
    }
    return g_variant_builder_end(&builder);
}

/* Whether the full configuration is accepted with this value (floating; NULL to remove it) at a path like
 * "source/url". */
static gboolean accepts(const char *path, GVariant *value)
{
    g_autoptr(GVariant) good = full_variant();
    g_auto(GStrv) keys = g_strsplit(path, "/", -1);
    g_autoptr(GVariant) variant = g_variant_ref_sink(replaced(good, (const char *const *)keys, value));
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_from_variant(variant, &error);

    if (config != NULL)
        return TRUE;
    cr_assert_eq(error_class(error), ERROR_INTERNAL, "%s", error->message);
    return FALSE;
}

Test(config_variant, missing_keys)
{
    static const char *const required[] = {
        "source",  "source/url",     "destination",     "destination/url",
        "outputs", "outputs/0/name", "outputs/0/width", "outputs/1/height",
    };

    for (guint i = 0; i < G_N_ELEMENTS(required); i++)
        cr_assert_not(accepts(required[i], NULL), "%s", required[i]);
    cr_assert(accepts("workers", NULL), "has defaults");
    cr_assert(accepts("source/s3/region", NULL));
}

Test(config_variant, wrong_types)
{
    static const char *const paths[] = {
        "source",
        "source/url",
        "source/include",
        "source/exclude",
        "source/s3",
        "source/s3/endpoint",
        "source/s3/region",
        "source/s3/addressing",
        "source/s3/ca_file",
        "source/s3/credentials_file",
        "destination",
        "destination/url",
        "destination/s3",
        "outputs",
        "outputs/0/name",
        "outputs/0/width",
        "outputs/0/height",
        "outputs/0/fit",
        "outputs/0/format",
        "outputs/0/quality",
        "outputs/0/key",
        "outputs/0/headers",
        "outputs/0/scale",
        "outputs/0/enlarge",
        "outputs/0/background",
        "outputs/0/max_bytes",
        "workers",
        "workers/count",
        "workers/max_tasks_per_child",
        "workers/task_timeout",
        "workers/tasks_in_flight",
        "limits",
        "limits/max_pixels",
        "limits/max_source_bytes",
        "retries",
        "retries/attempts",
        "retries/runs",
        "stop_timeout",
        "state_directory",
    };

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        cr_assert_not(accepts(paths[i], g_variant_new_byte(1)), "%s", paths[i]);
        cr_assert_not(accepts(paths[i], g_variant_new_int32(1)), "%s", paths[i]);
        cr_assert_not(accepts(paths[i], g_variant_new("(s)", "x")), "%s", paths[i]);
    }
}

Test(config_variant, numbers_out_of_range)
{
    static const struct {
        const char *path;
        guint32 value;
        gboolean expected;
    } narrow[] = {
        {"outputs/0/width", 0, FALSE}, /* cover needs it */
        {"outputs/0/width", RECIPE_MAX_SIDE, TRUE},
        {"outputs/0/width", RECIPE_MAX_SIDE + 1, FALSE},
        {"outputs/0/height", G_MAXUINT32, FALSE},
        {"outputs/0/quality", 101, FALSE},
        {"outputs/0/fit", FIT_LAST + 1, FALSE},
        {"outputs/0/fit", G_MAXUINT32, FALSE},
        {"outputs/0/format", FORMAT_HEIC, FALSE},
        {"outputs/0/format", FORMAT_LAST + 1, FALSE},
        {"outputs/0/format", FORMAT_PNG, FALSE}, /* PNG has no quality */
        {"outputs/0/enlarge", 2, FALSE},
        {"outputs/0/background", RECIPE_WHITE, TRUE},
        {"outputs/0/background", RECIPE_WHITE + 1, FALSE},
        {"outputs/0/crop", CROP_LAST + 1, FALSE},
        {"outputs/0/profile", PROFILE_LAST + 1, FALSE},
        {"outputs/0/metadata", METADATA_LAST + 1, FALSE},
        {"outputs/0/subsampling", SUBSAMPLING_LAST + 1, FALSE},
        {"outputs/0/sharpen", RECIPE_MAX_SHARPEN + 1, FALSE},
        {"outputs/0/scale", 0, FALSE},
        {"outputs/0/scale", 1, FALSE},
        {"outputs/0/scale", 1u << CONFIG_MAX_SCALE, TRUE},
        {"outputs/0/scale", 1u << (CONFIG_MAX_SCALE + 1), FALSE},
        {"limits/truncated", 2, FALSE},
        {"limits/max_frames", 0, FALSE},
        {"source/s3/addressing", 3, FALSE},
        {"workers/count", 0, TRUE},
        {"workers/count", 1025, FALSE},
        {"workers/tasks_in_flight", 0, TRUE},
        {"workers/tasks_in_flight", 65, FALSE},
        {"retries/attempts", 21, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(narrow); i++)
        cr_assert_eq(accepts(narrow[i].path, g_variant_new_uint32(narrow[i].value)), narrow[i].expected,
                     "%s %u", narrow[i].path, narrow[i].value);
    cr_assert_not(accepts("workers/task_timeout", g_variant_new_int64(-1)));
    cr_assert_not(accepts("workers/task_timeout", g_variant_new_int64(999)));
    cr_assert_not(accepts("stop_timeout", g_variant_new_int64(G_MININT64)));
    cr_assert_not(accepts("limits/max_pixels", g_variant_new_uint64(0)));
    cr_assert_not(accepts("limits/max_source_bytes", g_variant_new_uint64(LIMIT_BLOB_BYTES + 1)));
    cr_assert(accepts("limits/max_source_bytes", g_variant_new_uint64(LIMIT_BLOB_BYTES)));
}

Test(config_variant, illegal_texts)
{
    cr_assert_not(accepts("source/url", g_variant_new_string("/srv")));
    cr_assert_not(accepts("source/s3/endpoint", g_variant_new_string("x")));
    cr_assert_not(accepts("source/s3/ca_file", g_variant_new_string("x")));
    cr_assert_not(accepts("source/s3/credentials_file", g_variant_new_string("x")));
    cr_assert_not(accepts("outputs/0/name", g_variant_new_string("A")));
    cr_assert_not(accepts("outputs/0/key", g_variant_new_string("{x}")));
    cr_assert_not(accepts("source/include", g_variant_new_parsed("['']")));
    cr_assert_not(accepts("outputs/0/headers", g_variant_new_parsed("[('Content-Type', 'x')]")));
    cr_assert_not(accepts("outputs/0/headers", g_variant_new_parsed("[('Expires', 'x\\ny')]")));
    cr_assert_not(accepts("outputs/0/headers", g_variant_new_parsed("[('Expires', '1'), ('expires', '2')]")));
}

Test(config_variant, checks_across_fields_are_made_again)
{
    cr_assert_not(accepts("outputs/1/name", g_variant_new_string("one")), "a name twice");
    cr_assert_not(accepts("outputs/1/key", g_variant_new_string("1/{stem}")), "a key twice");
    cr_assert_not(accepts("outputs", g_variant_new_parsed("@aa{sv} []")), "no outputs");
    cr_assert(accepts("destination/url", g_variant_new_string("s3://photos/originals/")), "another endpoint");
    cr_assert_not(accepts("destination", g_variant_new_parsed("{'url': <'s3://photos/originals/'>, 's3': "
                                                              "<{'endpoint': <'http://source:1'>}>}")),
                  "a loop");
}

Test(config_variant, unknown_and_doubled_keys)
{
    static const char *const sections[] = {
        "{'url': <'s3://web/'>, 'ulr': <'x'>}",
        "{'url': <'s3://web/'>, 'url': <'s3://web/'>}",
        "{'url': <'s3://web/'>, '': <'x'>}",
    };
    g_autoptr(GVariant) good = full_variant();
    GVariantDict dict;
    g_autoptr(GVariant) more = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(sections); i++)
        cr_assert_not(accepts("destination", g_variant_new_parsed(sections[i])), "%s", sections[i]);
    cr_assert(accepts("destination", g_variant_new_parsed("{'url': <'s3://web/'>}")));
    g_variant_dict_init(&dict, good);
    g_variant_dict_insert(&dict, "s3", "s", "x");
    more = g_variant_ref_sink(g_variant_dict_end(&dict));
    cr_assert_null(config_from_variant(more, &error), "s3 at the top is merged before it is sent");
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}

Test(config_variant, too_many)
{
    GVariantBuilder outputs, patterns;

    g_variant_builder_init(&outputs, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i <= LIMIT_OUTPUTS; i++) {
        g_autofree char *name = g_strdup_printf("o%u", i);

        g_variant_builder_add_parsed(&outputs, "{'name': <%s>, 'width': <uint32 1>, 'height': <uint32 1>}",
                                     name);
    }
    cr_assert_not(accepts("outputs", g_variant_builder_end(&outputs)));
    g_variant_builder_init(&patterns, G_VARIANT_TYPE("as"));
    for (guint i = 0; i <= CONFIG_MAX_PATTERNS; i++)
        g_variant_builder_add(&patterns, "s", "*");
    cr_assert_not(accepts("source/exclude", g_variant_builder_end(&patterns)));
}

Test(config_variant, other_variants)
{
    static const char *const texts[] = {"'x'", "@a{sv} {}", "[1, 2]", "()", "{'a': 1}", "<{'source': <1>}>"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_parsed(texts[i]));
        g_autoptr(GError) error = NULL;

        cr_assert_null(config_from_variant(variant, &error), "%s", texts[i]);
        cr_assert_eq(error_class(error), ERROR_INTERNAL);
    }
}

Test(config_variant, damaged_bytes)
{
    g_autoptr(GVariant) good = full_variant();
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    gsize size = g_variant_get_size(good);
    guint refused = 0;

    for (guint i = 0; i < 3000; i++) {
        guint8 *bytes = g_memdup2(g_variant_get_data(good), size);
        g_autoptr(GVariant) variant = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Config) config = NULL;

        for (gint j = g_rand_int_range(random, 1, 5); j > 0; j--)
            bytes[g_rand_int_range(random, 0, (gint32)size)] = (guint8)g_rand_int_range(random, 0, 256);
        variant = g_variant_ref_sink(
            g_variant_new_from_data(G_VARIANT_TYPE(CONFIG_VARIANT_TYPE), bytes, size, FALSE, g_free, bytes));
        config = config_from_variant(variant, &error);
        if (config == NULL) {
            cr_assert_eq(error_class(error), ERROR_INTERNAL);
            refused++;
        }
    }
    cr_assert_gt(refused, 2000);
}
