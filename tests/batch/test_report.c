#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "batch/report.h"

static RunReport *sample(void)
{
    RunReport *report = report_new("run-1");

    report->seconds = 12.3;
    report->cpu_seconds = 20.1;
    report->exit = 1;
    report->objects.listed = 200;
    report->objects.done = 198;
    report->objects.skipped = 3;
    report->left_out.outside = 40;
    report->left_out.absent = 41;
    report->left_out.not_selected = 42;
    report->left_out.duplicate = 43;
    report->left_out.invalid = 44;
    report->skip_reasons.up_to_date = 2;
    report->skip_reasons.archived = 1;
    report->skip_reasons.unmatched = 42;
    report->skip_reasons.unlisted = 4;
    report->skip_reasons.other_recipe = 32;
    report->skip_reasons.older_configuration = 33;
    report->comparison.missing = 34;
    report->comparison.older = 35;
    report->comparison.other_recipe = 36;
    report->comparison.left = 37;
    report->comparison.withheld = 38;
    report->recipes.adopted = 39;
    report->recipes.changed = 40;
    report->recipes.former = 41;
    report->unlisted.source = 2;
    report->unlisted.destination = 3;
    report->objects.failed = 2;
    report->objects.remembered = 30;
    report->objects.postponed = 31;
    report->outputs.made = 594;
    report->outputs.up_to_date = 4;
    report->orphans.found = 21;
    report->orphans.deleted = 1;
    report->orphans.resting = 2;
    report->orphans.foreign = 3;
    report->orphans.kept = 4;
    report->orphans.refused = 5;
    report->orphans.failed = 6;
    report->verify.right = 50;
    report->verify.foreign = 51;
    report->verify.missing = 52;
    report->verify.older = 53;
    report->verify.other_recipe = 54;
    report->verify.other_source = 55;
    report->verify.empty = 56;
    report->verify.type = 57;
    report->verify.undecodable = 58;
    report->verify.size = 59;
    report->verify.unreachable = 60;
    report->verify.unplanned = 61;
    report->bytes.in = G_GUINT64_CONSTANT(5000000000);
    report->bytes.out = 45;
    report->requests.list = 5;
    report->requests.get = 201;
    report->requests.check = 200;
    report->requests.put = 595;
    report->requests.head = 6;
    report->requests.delete = 7;
    report->requests.retries = 8;
    report->requests.connections = 9;
    report->requests.retry_reasons[RETRY_CONNECT] = 20;
    report->requests.retry_reasons[RETRY_TIMEOUT] = 21;
    report->requests.retry_reasons[RETRY_RESET] = 22;
    report->requests.retry_reasons[RETRY_TRUNCATED] = 23;
    report->requests.retry_reasons[RETRY_SERVER] = 24;
    report->requests.retry_reasons[RETRY_THROTTLE] = 25;
    report->requests.retry_reasons[RETRY_SKEW] = 26;
    report->requests.retry_reasons[RETRY_REGION] = 27;
    report->processes.workers_started = 10;
    report->processes.imagers_started = 11;
    report->processes.crashes = 12;
    report_add_failure(report, "a.jpg", NULL, ERROR_INPUT, "premature end of JPEG image");
    report_add_failure(report, "b\n\xff.jpg", "thumb", ERROR_TRANSIENT, "line\nbreak");
    return report;
}

static json_t *parsed(const RunReport *report)
{
    g_autofree char *text = report_to_json(report);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    cr_assert_not_null(root, "%s", error.text);
    cr_assert(g_str_has_suffix(text, "}\n"));
    return root;
}

/* The counters of sample() but for retry_reasons. */
static const struct {
    const char *group, *name;
    json_int_t value;
} numbers[] = {
    {"objects", "listed", 200},
    {"objects", "done", 198},
    {"objects", "skipped", 3},
    {"objects", "failed", 2},
    {"left_out", "outside", 40},
    {"left_out", "absent", 41},
    {"left_out", "not_selected", 42},
    {"left_out", "duplicate", 43},
    {"left_out", "invalid", 44},
    {"skip_reasons", "up_to_date", 2},
    {"skip_reasons", "archived", 1},
    {"skip_reasons", "unmatched", 42},
    {"skip_reasons", "unlisted", 4},
    {"skip_reasons", "other_recipe", 32},
    {"skip_reasons", "older_configuration", 33},
    {"comparison", "missing", 34},
    {"comparison", "older", 35},
    {"comparison", "other_recipe", 36},
    {"comparison", "left", 37},
    {"comparison", "withheld", 38},
    {"recipes", "adopted", 39},
    {"recipes", "changed", 40},
    {"recipes", "former", 41},
    {"unlisted", "source", 2},
    {"unlisted", "destination", 3},
    {"objects", "remembered", 30},
    {"objects", "postponed", 31},
    {"outputs", "made", 594},
    {"outputs", "up_to_date", 4},
    {"orphans", "found", 21},
    {"orphans", "deleted", 1},
    {"orphans", "resting", 2},
    {"orphans", "foreign", 3},
    {"orphans", "kept", 4},
    {"orphans", "refused", 5},
    {"orphans", "failed", 6},
    {"verify", "right", 50},
    {"verify", "foreign", 51},
    {"verify", "missing", 52},
    {"verify", "older", 53},
    {"verify", "other_recipe", 54},
    {"verify", "other_source", 55},
    {"verify", "empty", 56},
    {"verify", "type", 57},
    {"verify", "undecodable", 58},
    {"verify", "size", 59},
    {"verify", "unreachable", 60},
    {"verify", "unplanned", 61},
    {"bytes", "in", 5000000000},
    {"bytes", "out", 45},
    {"requests", "list", 5},
    {"requests", "get", 201},
    {"requests", "check", 200},
    {"requests", "put", 595},
    {"requests", "head", 6},
    {"requests", "delete", 7},
    {"requests", "retries", 8},
    {"requests", "connections", 9},
    {"processes", "workers_started", 10},
    {"processes", "imagers_started", 11},
    {"processes", "crashes", 12},
};

static void check_sample(json_t *root)
{
    static const char *const reasons[] = {"connect",      "timeout",  "reset", "truncated",
                                          "server_error", "throttle", "skew",  "region"};
    json_t *retry_reasons = json_object_get(json_object_get(root, "requests"), "retry_reasons");
    json_t *failures = json_object_get(root, "failures"), *first = json_array_get(failures, 0),
           *second = json_array_get(failures, 1);

    cr_assert_str_eq(json_string_value(json_object_get(root, "run")), "run-1");
    cr_assert_str_eq(json_string_value(json_object_get(root, "version")), THUMBMILL_VERSION);
    cr_assert_float_eq(json_real_value(json_object_get(root, "seconds")), 12.3, 1e-9);
    cr_assert_float_eq(json_real_value(json_object_get(root, "cpu_seconds")), 20.1, 1e-9);
    cr_assert_eq(json_integer_value(json_object_get(root, "exit")), 1);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        json_t *value = json_object_get(json_object_get(root, numbers[i].group), numbers[i].name);

        cr_assert(json_is_integer(value), "%s", numbers[i].name);
        cr_assert_eq(json_integer_value(value), numbers[i].value, "%s", numbers[i].name);
    }
    cr_assert_eq(json_object_size(retry_reasons), G_N_ELEMENTS(reasons));
    for (guint i = 0; i < G_N_ELEMENTS(reasons); i++)
        cr_assert_eq(json_integer_value(json_object_get(retry_reasons, reasons[i])), 20 + (json_int_t)i, "%s",
                     reasons[i]);
    cr_assert_eq(json_array_size(failures), 2);
    cr_assert_str_eq(json_string_value(json_object_get(first, "key")), "a.jpg");
    cr_assert(json_is_null(json_object_get(first, "output")));
    cr_assert_str_eq(json_string_value(json_object_get(first, "class")), "input");
    cr_assert_str_eq(json_string_value(json_object_get(first, "reason")), "premature end of JPEG image");
    cr_assert_str_eq(json_string_value(json_object_get(second, "key")), "b\\n\\xff.jpg");
    cr_assert_str_eq(json_string_value(json_object_get(second, "output")), "thumb");
    cr_assert_str_eq(json_string_value(json_object_get(second, "class")), "transient");
    cr_assert_str_eq(json_string_value(json_object_get(second, "reason")), "line\nbreak");
    cr_assert_eq(json_integer_value(json_object_get(root, "failures_truncated")), 0);
}

Test(report, json)
{
    g_autoptr(RunReport) report = sample();
    g_autofree char *text = report_to_json(report);
    json_t *root = parsed(report);

    check_sample(root);
    json_decref(root);
    cr_assert_not_null(strstr(text, "\"seconds\": 12.3,"), "short numbers: %s", text);
}

Test(report, an_empty_one_is_complete)
{
    g_autoptr(RunReport) report = report_new("x");
    json_t *root = parsed(report);

    cr_assert_eq(json_object_size(root), 24);
    cr_assert(json_is_false(json_object_get(root, "dry_run")));
    cr_assert(json_is_null(json_object_get(root, "error")));
    cr_assert(json_is_null(json_object_get(root, "scope")));
    cr_assert(json_is_real(json_object_get(root, "seconds")));
    cr_assert_eq(json_array_size(json_object_get(root, "failures")), 0);
    json_decref(root);
}

Test(report, survives_the_way_to_the_main_process)
{
    g_autoptr(RunReport) report = sample();
    g_autoptr(GVariant) variant = NULL;
    g_autoptr(RunReport) copy = NULL;
    json_t *root;

    variant = g_variant_ref_sink(report_to_variant(report));
    copy = report_from_variant(variant, NULL);
    cr_assert_not_null(copy);
    cr_assert_eq(copy->failure_bytes, report->failure_bytes);
    root = parsed(copy);
    check_sample(root);
    json_decref(root);
}

Test(report, failures_are_bounded_in_number)
{
    g_autoptr(RunReport) report = report_new("x");
    g_autoptr(GVariant) variant = NULL;
    g_autoptr(RunReport) copy = NULL;

    for (guint i = 0; i < REPORT_MAX_FAILURES + 7; i++)
        report_add_failure(report, "k", NULL, ERROR_INPUT, "r");
    cr_assert_eq(report->failures->len, REPORT_MAX_FAILURES);
    cr_assert_eq(report->failures_truncated, 7);
    variant = g_variant_ref_sink(report_to_variant(report));
    copy = report_from_variant(variant, NULL);
    cr_assert_not_null(copy);
    cr_assert_eq(copy->failures->len, REPORT_MAX_FAILURES);
    cr_assert_eq(copy->failures_truncated, 7);
}

Test(report, failures_are_bounded_in_bytes)
{
    g_autoptr(RunReport) report = report_new("x");
    g_autofree char *key = g_strnfill(LIMIT_KEY_BYTES, '\xff');
    g_autofree char *reason = g_strnfill(100000, 'r');
    g_autoptr(GVariant) variant = NULL;
    g_autoptr(RunReport) copy = NULL;
    guint added = 0;

    for (; report->failures_truncated == 0; added++)
        report_add_failure(report, key, "thumb", ERROR_INPUT, reason);
    cr_assert_leq(report->failure_bytes, REPORT_MAX_FAILURE_BYTES);
    cr_assert_eq(report->failures->len, added - 1);
    cr_assert_gt(report->failures->len, 500);
    variant = g_variant_ref_sink(report_to_variant(report));
    cr_assert_lt(g_variant_get_size(variant), LIMIT_MESSAGE_BYTES);
    copy = report_from_variant(variant, NULL);
    cr_assert_not_null(copy);
    cr_assert_eq(copy->failures->len, report->failures->len);
}

Test(report, the_largest_number_of_short_failures_fits_a_message)
{
    g_autoptr(RunReport) report = report_new("x");
    g_autofree char *reason = g_strnfill(240, 'r');
    g_autoptr(GVariant) variant = NULL;

    for (guint i = 0; i < REPORT_MAX_FAILURES; i++)
        report_add_failure(report, "key", "output", ERROR_INPUT, reason);
    variant = g_variant_ref_sink(report_to_variant(report));
    cr_assert_lt(g_variant_get_size(variant), LIMIT_MESSAGE_BYTES);
}

Test(report, a_reason_is_cut_at_a_character)
{
    g_autoptr(RunReport) report = report_new("x");
    g_autoptr(GString) reason = g_string_new("x");
    const ReportFailure *failure;

    while (reason->len < 2000)
        g_string_append(reason, "\xe2\x82\xac");
    report_add_failure(report, "k", NULL, ERROR_INPUT, reason->str);
    failure = report->failures->pdata[0];
    cr_assert_leq(strlen(failure->reason), REPORT_MAX_REASON_BYTES);
    cr_assert_geq(strlen(failure->reason), REPORT_MAX_REASON_BYTES - 3);
    cr_assert(g_utf8_validate(failure->reason, -1, NULL));
}

#define RETRY_COUNTERS                                                                                       \
    "'requests.retry_reasons.connect': 1, 'requests.retry_reasons.timeout': 1, "                             \
    "'requests.retry_reasons.reset': 1, 'requests.retry_reasons.truncated': 1, "                             \
    "'requests.retry_reasons.server_error': 1, 'requests.retry_reasons.throttle': 1, "                       \
    "'requests.retry_reasons.skew': 1, 'requests.retry_reasons.region': 1, "
#define GOOD_COUNTERS                                                                                        \
    "'objects.listed': 1, 'objects.done': 1, 'objects.skipped': 1, 'objects.failed': 1, "                    \
    "'left_out.outside': 1, 'left_out.absent': 1, 'left_out.not_selected': 1, "                              \
    "'left_out.duplicate': 1, 'left_out.invalid': 1, "                                                       \
    "'skip_reasons.up_to_date': 1, 'skip_reasons.archived': 1, 'skip_reasons.unlisted': 1, "                 \
    "'skip_reasons.unmatched': 1, "                                                                          \
    "'skip_reasons.other_recipe': 1, 'skip_reasons.older_configuration': 1, 'comparison.missing': 1, "       \
    "'comparison.older': 1, 'comparison.other_recipe': 1, 'comparison.left': 1, 'comparison.withheld': 1, "  \
    "'recipes.adopted': 1, 'recipes.changed': 1, 'recipes.former': 1, "                                      \
    "'unlisted.source': 1, 'unlisted.destination': 1, "                                                      \
    "'objects.remembered': 1, 'objects.postponed': 1, 'outputs.made': 1, "                                   \
    "'outputs.up_to_date': 1, 'orphans.found': 1, 'orphans.deleted': 1, 'orphans.resting': 1, "              \
    "'orphans.foreign': 1, 'orphans.kept': 1, 'orphans.refused': 1, 'orphans.failed': 1, 'bytes.in': 1, "    \
    "'bytes.out': 1, 'requests.list': 1, 'requests.get': 1, "                                                \
    "'requests.check': 1, 'requests.put': 1, 'requests.head': 1, 'requests.delete': 1, "                     \
    "'requests.retries': 1, "                                                                                \
    "'requests.connections': 1, " RETRY_COUNTERS                                                             \
    "'verify.right': 1, 'verify.foreign': 1, 'verify.missing': 1, 'verify.older': 1, "                       \
    "'verify.other_recipe': 1, 'verify.other_source': 1, "                                                   \
    "'verify.empty': 1, 'verify.type': 1, 'verify.undecodable': 1, 'verify.size': 1, 'verify.unreachable': " \
    "1, 'verify.unplanned': 1, "                                                                             \
    "'processes.workers_started': 1, 'processes.imagers_started': 1"

/* Whether a report with these parts (in GVariant's text form) is accepted. */
static gboolean accepts(const char *head, const char *counters, const char *failures)
{
    g_autofree char *text = g_strdup_printf("(%s, {%s}, %s, 0)", head, counters, failures);
    g_autoptr(GError) parse_error = NULL;
    g_autoptr(GVariant) variant =
        g_variant_parse(G_VARIANT_TYPE(REPORT_VARIANT_TYPE), text, NULL, NULL, &parse_error);
    g_autoptr(GError) error = NULL;
    g_autoptr(RunReport) report = NULL;

    cr_assert_not_null(variant, "%s: %s", text, parse_error != NULL ? parse_error->message : "");
    report = report_from_variant(variant, &error);
    if (report != NULL)
        return TRUE;
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    return FALSE;
}

Test(report, lies_are_refused)
{
    static const char head[] = "'x', '1', 1.0, 1.0, 0";
    static const char counters[] = GOOD_COUNTERS ", 'processes.crashes': 1";
    g_autofree char *long_text = g_strnfill(65, 'x');
    g_autofree char *long_run = g_strdup_printf("'%s', '1', 1.0, 1.0, 0", long_text);
    g_autofree char *long_version = g_strdup_printf("'x', '%s', 1.0, 1.0, 0", long_text);
    g_autofree char *reason = g_strnfill(REPORT_MAX_REASON_BYTES + 1, 'r');
    g_autofree char *no_class = g_strdup_printf("[('k', nothing, %d, 'r')]", ERROR_CLASS_LAST + 1);
    g_autofree char *long_reason = g_strdup_printf("[('k', nothing, 3, '%s')]", reason);

    cr_assert(accepts(head, counters, "[]"));
    cr_assert(accepts("'x', '1', 1.0, 1.0, 5", counters, "[('k', 'o', 9, 'r')]"));
    cr_assert_not(accepts("'x', '1', 1.0, 1.0, 6", counters, "[]"));
    cr_assert_not(accepts("'x', '1', 1.0, 1.0, -1", counters, "[]"));
    cr_assert_not(accepts("'x', '1', -1.0, 1.0, 0", counters, "[]"));
    cr_assert_not(accepts("'x', '1', 1.0, 1e300, 0", counters, "[]"));
    cr_assert_not(accepts(long_run, counters, "[]"));
    cr_assert_not(accepts(long_version, counters, "[]"));
    cr_assert_not(accepts(head, GOOD_COUNTERS, "[]"), "one lacks");
    cr_assert_not(accepts(head, GOOD_COUNTERS ", 'processes.bogus': 1", "[]"));
    cr_assert_not(accepts(head, GOOD_COUNTERS ", 'crashes': 1", "[]"));
    cr_assert_not(accepts(head, GOOD_COUNTERS ", 'objects.done': 1", "[]"), "one twice, one lacks");
    cr_assert_not(accepts(head, GOOD_COUNTERS ", 'processes.crashes': 1, 'objects.done': 1", "[]"));
    cr_assert_not(accepts(head, counters, no_class));
    cr_assert_not(accepts(head, counters, "[('k', nothing, -1, 'r')]"));
    cr_assert_not(accepts(head, counters, long_reason));
}

Test(report, times_that_are_no_numbers_are_refused)
{
    const double times[] = {NAN, INFINITY, -INFINITY};

    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autoptr(RunReport) report = report_new("x");
        g_autoptr(GVariant) variant = NULL;

        report->cpu_seconds = times[i];
        variant = g_variant_ref_sink(report_to_variant(report));
        cr_assert_null(report_from_variant(variant, NULL));
    }
}

Test(report, too_many_failures_are_refused)
{
    g_autoptr(GString) failures = g_string_new("[('k', nothing, 3, 'r')");

    for (guint i = 0; i < REPORT_MAX_FAILURES - 1; i++)
        g_string_append(failures, ", ('k', nothing, 3, 'r')");
    {
        g_autofree char *most = g_strconcat(failures->str, "]", NULL);
        g_autofree char *more = g_strconcat(failures->str, ", ('k', nothing, 3, 'r')]", NULL);

        cr_assert(accepts("'x', '1', 1.0, 1.0, 0", GOOD_COUNTERS ", 'processes.crashes': 1", most));
        cr_assert_not(accepts("'x', '1', 1.0, 1.0, 0", GOOD_COUNTERS ", 'processes.crashes': 1", more));
    }
}

Test(report, other_variants_are_refused)
{
    static const char *const texts[] = {"'x'", "()", "('x', '1', 1.0, 1.0, 0)", "@a{st} {}"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_parsed(texts[i]));
        g_autoptr(GError) error = NULL;

        cr_assert_null(report_from_variant(variant, &error));
        cr_assert_eq(error_class(error), ERROR_INTERNAL);
    }
}

/* Files */

static char *temporary_folder(void)
{
    char *folder = g_strdup("/tmp/report-XXXXXX");

    cr_assert_not_null(mkdtemp(folder));
    return folder;
}

static guint count_entries(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

/* As a command with one job does. */
static gboolean write_alone(RunReport *report, const char *path, GError **error)
{
    g_autoptr(GPtrArray) reports = g_ptr_array_new();

    g_ptr_array_add(reports, report);
    return report_list_write(reports, path, error);
}

Test(report, is_written_as_a_whole_and_replaces_what_was_there)
{
    g_autoptr(RunReport) report = sample();
    g_autofree char *folder = temporary_folder();
    g_autofree char *path = g_strconcat(folder, "/report.json", NULL);
    struct stat info;

    umask(027);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        json_t *root;

        cr_assert(write_alone(report, path, &error), "%s", error != NULL ? error->message : "");
        root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
        cr_assert_not_null(root);
        check_sample(root);
        json_decref(root);
        cr_assert_eq(count_entries(folder), 1, "nothing temporary is left");
    }
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0640);
    unlink(path);
    rmdir(folder);
}

Test(report, what_is_no_regular_file_is_written_to)
{
    g_autoptr(RunReport) report = sample();
    g_autofree char *folder = temporary_folder();
    g_autofree char *path = g_strconcat(folder, "/fifo", NULL);
    char text[8192];
    gssize size;
    struct stat info;
    int fd;

    cr_assert_eq(mkfifo(path, 0600), 0);
    fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert(write_alone(report, path, NULL));
    size = read(fd, text, sizeof text);
    cr_assert_gt(size, 100);
    cr_assert_eq(text[0], '{');
    cr_assert_eq(text[size - 1], '\n');
    cr_assert(stat(path, &info) == 0 && S_ISFIFO(info.st_mode), "not replaced");
    close(fd);
    unlink(path);
    rmdir(folder);
}

Test(report, failures_to_write)
{
    static const char *const paths[] = {"/no/such/folder/report.json", "/", "/tmp", "/dev/full",
                                        "/proc/report.json"};
    g_autoptr(RunReport) report = sample();

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_not(write_alone(report, paths[i], &error), "%s", paths[i]);
        cr_assert_eq(error_class(error), ERROR_PERMANENT);
        cr_assert_not_null(strstr(error->message, paths[i]), "%s", error->message);
        cr_assert_not(write_alone(report, paths[i], NULL), "without an error to fill");
    }
}
