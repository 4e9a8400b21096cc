#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "config/config.h"
#include "config/jobs.h"

#define PHOTOS                                                                                               \
    "{name: photos, source: {url: s3://photos/}, destination: {url: s3://web/p/}, outputs: [{name: t, "      \
    "width: 1}]}"
#define LOGOS                                                                                                \
    "{name: logos, source: {url: s3://logos/}, destination: {url: s3://web/l/}, outputs: [{name: t, width: " \
    "2}]}"
#define LOGOS_AT_TOP                                                                                         \
    "source: {url: s3://aaa/}\ndestination: {url: s3://bbb/}\noutputs: [{name: t, width: 1}]\n"

static GPtrArray *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *jobs = jobs_parse(text, strlen(text), "c.yaml", &error);

    cr_assert_not_null(jobs, "%s", error != NULL ? error->message : "");
    return jobs;
}

static void expect_error(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) jobs = jobs_parse(text, strlen(text), "c.yaml", &error);

    cr_assert_null(jobs, "%s", text);
    cr_expect_eq(error_class(error), ERROR_CONFIG);
    cr_expect_str_eq(error->message, expected, "%s:\n%s", text, error->message);
}

static const Config *job_at(const GPtrArray *jobs, guint i)
{
    return jobs->pdata[i];
}

Test(jobs, each_is_a_configuration_of_its_own)
{
    g_autoptr(GPtrArray) jobs = parse("jobs:\n- " PHOTOS "\n- " LOGOS "\nworkers: {count: 3}\n");
    g_autofree char *names = jobs_names(jobs);

    cr_assert_eq(jobs->len, 2);
    cr_expect_str_eq(names, "photos, logos");
    cr_expect_str_eq(job_at(jobs, 0)->source.url, "s3://photos/");
    cr_expect_str_eq(job_at(jobs, 1)->source.url, "s3://logos/");
    cr_expect_eq(config_output(job_at(jobs, 1), 0)->recipe.width, 2);
    cr_expect_eq(job_at(jobs, 0)->workers.count, 3);
    cr_expect_eq(job_at(jobs, 1)->workers.count, 3);
    cr_expect_eq(jobs_find(jobs, "logos"), job_at(jobs, 1));
    cr_expect_null(jobs_find(jobs, "other"));
}

Test(jobs, a_file_without_jobs_is_one_with_the_files_name)
{
    static const char text[] =
        "source: {url: s3://aaa/}\ndestination: {url: s3://bbb/}\noutputs: [{name: t, width: 1}]\n";
    static const char *const names[][2] = {{"/etc/photos.yaml", "photos"},
                                           {"thumbmill.yaml.example", "thumbmill.yaml"},
                                           {"my photos.yml", "my-photos"},
                                           {".hidden", ".hidden"},
                                           {"c", "c"}};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GPtrArray) jobs = jobs_parse(text, strlen(text), names[i][0], NULL);

        cr_assert_eq(jobs->len, 1);
        cr_expect_str_eq(job_at(jobs, 0)->name, names[i][1]);
    }
}

Test(jobs, what_a_job_does_not_have_is_taken_from_the_top)
{
    g_autoptr(GPtrArray) jobs = parse("s3: {region: eu-west-1, list_ranges: 2}\n"
                                      "every: 1h\n"
                                      "jitter: 1m\n"
                                      "defaults: {quality: 33}\n"
                                      "presets: {big: {width: 2000}}\n"
                                      "jobs:\n"
                                      "- " PHOTOS "\n"
                                      "- name: own\n"
                                      "  source: {url: s3://own/}\n"
                                      "  destination: {url: s3://web/o/}\n"
                                      "  s3: {region: us-east-2}\n"
                                      "  schedule: '@daily'\n"
                                      "  defaults: {quality: 44}\n"
                                      "  outputs: [{name: b, preset: big}]\n");
    const Config *photos = job_at(jobs, 0), *own = job_at(jobs, 1);

    cr_expect_str_eq(photos->source.s3.region, "eu-west-1");
    cr_expect_eq(photos->every_ms, 3600000);
    cr_expect_eq(config_output(photos, 0)->recipe.quality, 33);
    cr_expect_str_eq(own->source.s3.region, "us-east-2");
    cr_expect_eq(own->source.s3.list_ranges, 8, "a key is taken as a whole");
    cr_expect_str_eq(own->schedule, "@daily");
    cr_expect_eq(own->every_ms, 0, "schedule and every belong together");
    cr_expect_eq(own->jitter_ms, 60000);
    cr_expect_eq(config_output(own, 0)->recipe.quality, 44);
    cr_expect_eq(config_output(own, 0)->recipe.width, 2000);
}

Test(jobs, mistakes_name_line_and_column)
{
    expect_error("jobs: []\n", "c.yaml:1:7: jobs: must be a list of mappings, not an empty list");
    expect_error("jobs: 1\n", "c.yaml:1:7: jobs: must be a list of mappings, not '1'");
    expect_error("jobs: [1]\n", "c.yaml:1:8: must be a mapping of keys to values, not '1'");
    expect_error("jobs:\n- " PHOTOS "\n- " PHOTOS "\n",
                 "c.yaml:3:10: name: a second job with the name 'photos'");
    expect_error("source: {url: s3://x/}\njobs:\n- " PHOTOS "\n",
                 "c.yaml:1:1: source belongs into each of jobs");
    expect_error("name: x\njobs:\n- " PHOTOS "\n", "c.yaml:1:1: name belongs into each of jobs");
    expect_error("worker: {}\njobs:\n- " PHOTOS "\n",
                 "c.yaml:1:1: unknown key 'worker', did you mean 'workers'?");
    expect_error(
        "jobs:\n- {name: a, workers: {count: 1}, source: {url: s3://aaa/}, destination: {url: s3://bbb/}, "
        "outputs: [{name: t, width: 1}]}\n",
        "c.yaml:2:13: workers is shared by all jobs: put it at the top of the file");
    expect_error("jobs:\n- {source: {url: s3://aaa/}, destination: {url: s3://bbb/}, outputs: [{name: t, "
                 "width: 1}]}\n",
                 "c.yaml:2:3: missing key 'name'");
    expect_error(
        "jobs:\n- {name: a b, source: {url: s3://aaa/}, destination: {url: s3://bbb/}, outputs: [{name: t, "
        "width: 1}]}\n",
        "c.yaml:2:10: name: 'a b': a job's name is 1 to 64 of A-Z a-z 0-9 . _ -");
    expect_error("jobs:\n- " PHOTOS "\n- {name: a}\n", "c.yaml:3:3: missing key 'source'\n"
                                                       "c.yaml:3:3: missing key 'destination'\n"
                                                       "c.yaml:3:3: missing key 'outputs'");
    expect_error(
        "limits: {max_pixels: x}\njobs:\n- " PHOTOS "\n- " LOGOS "\n",
        "c.yaml:1:22: max_pixels: must be a whole number from 1 to 10G, such as 256M or 256Mi, not 'x'");
}

/* Two jobs over these stores, with an output each. */
static char *two(const char *a, const char *b, const char *a_key, const char *b_key, const char *more)
{
    return g_strdup_printf("jobs:\n"
                           "- {name: one, %s, outputs: [{name: t, width: 1, key: '%s'}]}\n"
                           "- {name: two, %s, outputs: [{name: u, width: 1, key: '%s'%s}]}\n",
                           a, a_key, b, b_key, more);
}

Test(jobs, two_that_write_the_same_keys_are_refused)
{
    static const char a[] = "source: {url: s3://aaa/}, destination: {url: s3://web/x/}";
    static const char b[] = "source: {url: s3://bbb/}, destination: {url: s3://web/}";
    g_autofree char *same = two(a, b, "{dir}{stem}.jpg", "x/{stem}.jpg", "");
    g_autofree char *apart = two(a, b, "{dir}{stem}.jpg", "y/{stem}.jpg", "");
    g_autofree char *ends = two(a, b, "{dir}{stem}-a.jpg", "x/{dir}{stem}-b.jpg", "");
    g_autoptr(GPtrArray) jobs = parse(apart);
    g_autoptr(GPtrArray) others = parse(ends);

    cr_expect_eq(jobs->len, 2);
    cr_expect_eq(others->len, 2);
    expect_error(
        same, "c.yaml:3:3: output 'u' of job 'two' may have the same key as output 't' of job 'one', such as "
              "'x/photo.jpg': give them different folders");
}

Test(jobs, two_over_the_same_stores_are_refused)
{
    static const char a[] = "source: {url: s3://aaa/}, destination: {url: s3://web/}";
    g_autofree char *text = two(a, a, "a/{stem}.jpg", "b/{stem}.jpg", "");

    expect_error(
        text, "c.yaml:3:3: job 'two' has the same source and destination as job 'one': make one job of them, "
              "with match on their outputs");
}

Test(jobs, two_that_write_one_report_are_refused)
{
    static const char a[] = "source: {url: s3://aaa/}, destination: {url: s3://bbb/}";
    static const char b[] = "source: {url: s3://ccc/}, destination: {url: s3://ddd/}";
    g_autofree char *other = g_strconcat(a, ", report: {objects: /b.csv}", NULL);
    g_autofree char *shared_jobs = two(a, b, "a/{stem}.jpg", "b/{stem}.jpg", "");
    g_autofree char *own_jobs = two(other, b, "a/{stem}.jpg", "b/{stem}.jpg", "");
    g_autofree char *shared = g_strconcat("report: {objects: /a.csv}\n", shared_jobs, NULL);
    g_autofree char *own = g_strconcat("report: {objects: /a.csv}\n", own_jobs, NULL);
    g_autoptr(GPtrArray) jobs = parse(own);

    cr_expect_eq(jobs->len, 2);
    expect_error(shared,
                 "c.yaml:4:3: job 'two' has the same report.objects as job 'one': give each its own report");
}

Test(jobs, a_chain_is_allowed_and_a_circle_is_not)
{
    static const char first[] = "source: {url: s3://aaa/}, destination: {url: s3://bbb/}";
    static const char back[] = "source: {url: s3://bbb/}, destination: {url: s3://aaa/}";
    static const char further[] = "source: {url: s3://bbb/}, destination: {url: s3://ccc/}";
    static const char excluded[] =
        "source: {url: s3://bbb/, exclude: ['t/*']}, destination: {url: s3://aaa/}";
    g_autofree char *chain = two(first, further, "t/{stem}.jpg", "u/{stem}.jpg", "");
    g_autofree char *other_type = two(first, back, "t/{stem}.txt", "u/{stem}.jpg", "");
    g_autofree char *is_excluded = two(first, excluded, "t/{stem}.jpg", "u/{stem}.jpg", "");
    g_autofree char *unmatched = two(first, back, "t/{stem}.jpg", "u/{stem}.jpg", ", match: ['x/*']");
    g_autofree char *circle = two(first, back, "t/{stem}.jpg", "u/{stem}.jpg", "");
    const char *const valid[] = {chain, other_type, is_excluded, unmatched};

    for (guint i = 0; i < G_N_ELEMENTS(valid); i++) {
        g_autoptr(GPtrArray) jobs = parse(valid[i]);

        cr_expect_eq(jobs->len, 2);
    }
    expect_error(
        circle,
        "c.yaml:2:3: jobs would process their own results for ever: one -> two -> one. Output 't' of job "
        "'one' may have the key 't/photo.jpg', which is an original of job 'two': use another "
        "destination.url, or add a folder to source.exclude");
}

/* The source of a job in a folder that the other's originals decide about. */
Test(jobs, a_circle_through_a_folder_of_the_originals)
{
    g_autofree char *text = two("source: {url: s3://aaa/}, destination: {url: s3://bbb/}",
                                "source: {url: s3://bbb/albums/new/}, destination: {url: s3://aaa/}",
                                "{dir}{stem}.jpg", "u/{stem}.jpg", "");
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) jobs = jobs_parse(text, strlen(text), "c.yaml", &error);

    cr_assert_null(jobs);
    cr_expect_not_null(strstr(error->message, "'albums/new/photo.jpg', which is an original of job 'two'"),
                       "%s", error->message);
}

/* Servers with different hosts are different places, and one that the environment names is the default. */
Test(jobs, buckets_of_the_same_name)
{
    static const char text[] =
        "jobs:\n"
        "- {name: one, source: {url: s3://aaa/}, destination: {url: s3://bbb/}, outputs: [{name: t, width: "
        "1}]}\n"
        "- {name: two, s3: {endpoint: 'http://minio:9000'}, source: {url: s3://bbb/}, destination: {url: "
        "s3://aaa/}, "
        "outputs: [{name: u, width: 1}]}\n";
    g_autoptr(GPtrArray) jobs = parse(text);

    cr_expect_eq(jobs->len, 2);
    g_setenv("AWS_ENDPOINT_URL", "http://minio:9000", TRUE);
    cr_expect_null(jobs_parse(text, strlen(text), "c", NULL));
    g_unsetenv("AWS_ENDPOINT_URL");
}

Test(jobs, shown_it_reads_back_the_same)
{
    g_autoptr(GPtrArray) jobs = parse("every: 2h\nworkers: {count: 2}\njobs:\n- " PHOTOS "\n- " LOGOS "\n");
    g_autofree char *shown = jobs_show(jobs);
    g_autoptr(GPtrArray) again = parse(shown);
    g_autofree char *shown_again = jobs_show(again);

    cr_expect_str_eq(shown_again, shown);
    for (guint i = 0; i < jobs->len; i++) {
        g_autoptr(GVariant) a = g_variant_ref_sink(config_to_variant(job_at(jobs, i)));
        g_autoptr(GVariant) b = g_variant_ref_sink(config_to_variant(job_at(again, i)));

        cr_expect(g_variant_equal(a, b));
    }
}

Test(jobs, config_load_is_for_one)
{
    static const char text[] = "jobs:\n- " PHOTOS "\n- " LOGOS "\n";
    g_autoptr(GError) error = NULL;

    cr_assert_null(config_parse(text, strlen(text), "c", &error));
    cr_expect_str_eq(error->message, "the configuration has 2 jobs");
}

/* Included files */

typedef struct {
    char *folder;
    char *path;
} Files;

static void write_file(const Files *files, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(files->folder, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    g_mkdir_with_parents(folder, 0700);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
}

static Files files_new(const char *text)
{
    Files files = {.folder = g_dir_make_tmp("jobs-XXXXXX", NULL)};

    files.path = g_build_filename(files.folder, "main.yaml", NULL);
    write_file(&files, "main.yaml", text);
    return files;
}

static void files_clear(Files *files)
{
    g_autofree char *command = g_strdup_printf("rm -r '%s'", files->folder);

    cr_assert(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
    g_free(files->folder);
    g_free(files->path);
}

/* The message without the folder's name. */
static char *error_of(const Files *files)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_strconcat(files->folder, "/", NULL);
    g_autoptr(GString) text = NULL;

    cr_assert_null(jobs_load(files->path, &error));
    text = g_string_new(error->message);
    g_string_replace(text, folder, "", 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

Test(jobs, in_included_files)
{
    Files files = files_new("include: [jobs.d/*.yaml, presets.yaml]\nworkers: {count: 2}\n");
    g_autoptr(GPtrArray) jobs = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *names = NULL;

    write_file(&files, "jobs.d/b.yaml", "jobs:\n- " LOGOS "\n");
    write_file(&files, "jobs.d/a.yaml",
               "jobs:\n- {name: photos, source: {url: s3://photos/}, destination: {url: "
               "s3://web/p/}, outputs: [{name: t, preset: small}]}\n");
    write_file(&files, "jobs.d/readme.txt", "no YAML: [");
    write_file(&files, "presets.yaml", "presets: {small: {width: 7}}\n");
    jobs = jobs_load(files.path, &error);
    cr_assert_not_null(jobs, "%s", error != NULL ? error->message : "");
    names = jobs_names(jobs);
    cr_expect_str_eq(names, "photos, logos", "in the order of the names");
    cr_expect_eq(config_output(job_at(jobs, 0), 0)->recipe.width, 7);
    cr_expect_eq(job_at(jobs, 1)->workers.count, 2);
    files_clear(&files);
}

/* Presets may be shared by files that are one job each. */
Test(jobs, one_job_with_included_presets)
{
    Files files = files_new("include: presets.yaml\nsource: {url: s3://aaa/}\ndestination: {url: s3://bbb/}\n"
                            "outputs: [{name: t, preset: small}]\n");
    g_autoptr(GPtrArray) jobs = NULL;

    write_file(&files, "presets.yaml", "presets: {small: {width: 7}}\n");
    jobs = jobs_load(files.path, NULL);
    cr_assert_not_null(jobs);
    cr_expect_str_eq(job_at(jobs, 0)->name, "main");
    cr_expect_eq(config_output(job_at(jobs, 0), 0)->recipe.width, 7);
    files_clear(&files);
}

Test(jobs, mistakes_in_included_files)
{
    Files files = files_new("include: [a.yaml, b.yaml, missing.yaml, none.d/*.yaml]\njobs:\n- " PHOTOS "\n");
    g_autofree char *text = NULL;

    write_file(&files, "a.yaml", "jobs:\n- " PHOTOS "\n\nworkers: {}\n");
    write_file(&files, "b.yaml",
               "jobs:\n\n- {name: b, source: {url: s3://bbb/}, destination: {url: s3://ccc/}, outputs: "
               "[{name: t, wdth: 1}]}\n");
    text = error_of(&files);
    cr_expect_str_eq(text,
                     "main.yaml:1:27: include: missing.yaml: No such file or directory\n"
                     "main.yaml:1:41: include: the folder 'none.d' cannot be read\n"
                     "a.yaml:2:10: name: a second job with the name 'photos'\n"
                     "a.yaml:4:1: an included file has jobs and presets only, not 'workers'\n"
                     "b.yaml:3:90: unknown key 'wdth', did you mean 'width'?",
                     "%s", text);
    files_clear(&files);
}

Test(jobs, presets_are_defined_once)
{
    Files files = files_new("include: a.yaml\npresets: {small: {width: 1}}\njobs:\n- " PHOTOS "\n");
    g_autofree char *text = NULL;

    write_file(&files, "a.yaml", "presets: {small: {width: 2}}\n");
    text = error_of(&files);
    cr_expect_str_eq(text, "a.yaml:1:11: presets: a second preset 'small'");
    files_clear(&files);
}

Test(jobs, a_text_cannot_include)
{
    expect_error("include: /etc/passwd\n" LOGOS_AT_TOP,
                 "c.yaml:1:10: include: only a file can include others");
}
