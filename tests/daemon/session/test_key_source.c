/* Sources of keys: what is read from a report and from an Inventory, and what is refused. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "daemon/session/inventory_source.h"

static char *folder, *manifest, *data;

static void setup(void)
{
    folder = g_dir_make_tmp("thumbmill-keys-XXXXXX", NULL);
    data = g_build_filename(folder, "data", NULL);
    manifest = g_build_filename(folder, "manifest.json", NULL);
    cr_assert_eq(g_mkdir(data, 0700), 0);
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            remove_all(file);
        else
            g_unlink(file);
    }
    g_rmdir(path);
}

static void teardown(void)
{
    remove_all(folder);
    g_free(folder);
    g_free(data);
    g_free(manifest);
}

TestSuite(key_source, .init = setup, .fini = teardown);

static void write_text(const char *path, const char *text)
{
    cr_assert(g_file_set_contents(path, text, -1, NULL));
}

/* Writes a file of data, without its last `cut` bytes; returns its MD5, owned by the caller. */
static char *write_data(const char *name, const char *text, gsize cut)
{
    g_autofree char *path = g_build_filename(data, name, NULL);
    g_autofree char *packed = NULL;
    gsize size;
    gzFile gz = gzopen(path, "wb");

    cr_assert_eq(gzwrite(gz, text, (guint)strlen(text)), (int)strlen(text));
    cr_assert_eq(gzclose(gz), Z_OK);
    cr_assert(g_file_get_contents(path, &packed, &size, NULL));
    cr_assert(g_file_set_contents(path, packed, (gssize)(size - cut), NULL));
    return g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)packed, size - cut);
}

static void write_manifest(const char *format, const char *schema, const char *md5)
{
    g_autofree char *text =
        g_strdup_printf("{\"fileFormat\": \"%s\", \"fileSchema\": \"%s\", \"files\": [{\"key\": "
                        "\"p/b/id/data/1.csv.gz\", \"MD5checksum\": \"%s\"}]}",
                        format, schema, md5);

    write_text(manifest, text);
}

/* All that is read, owned by the caller; NULL on failure. */
static char *read_all(KeySource *source, GError **error)
{
    g_autoptr(GString) all = g_string_new(NULL);
    char buffer[5];
    gssize n;

    while ((n = source->read(source, buffer, sizeof buffer, error)) > 0)
        g_string_append_len(all, buffer, n);
    return n == 0 ? g_strdup(all->str) : NULL;
}

Test(key_source, an_inventory_with_its_columns)
{
    g_autofree char *md5 = write_data("1.csv.gz", "\"k1\",\"b\"\n\"k2\",\"b\"\n", 0), *all = NULL;
    g_autoptr(KeySource) source = NULL;

    write_manifest("CSV", "Key, Bucket,Size ,IsDeleteMarker, IsLatest", md5);
    source = inventory_source_new(manifest, NULL);
    cr_assert(source->columns.key == 0 && source->columns.bucket == 1);
    cr_assert(source->columns.is_delete_marker == 3 && source->columns.is_latest == 4);
    all = read_all(source, NULL);
    cr_assert_str_eq(all, "\"k1\",\"b\"\n\"k2\",\"b\"\n");
}

Test(key_source, damaged_data_of_an_inventory)
{
    g_autofree char *md5 = write_data("1.csv.gz", "\"b\",\"key\"\n", 9);
    g_autoptr(GError) damaged = NULL, changed = NULL;
    g_autoptr(KeySource) cut = NULL, other = NULL;

    write_manifest("CSV", "Bucket, Key", md5);
    cut = inventory_source_new(manifest, NULL);
    cr_assert_null(read_all(cut, &damaged));
    cr_assert_eq(error_class(damaged), ERROR_INPUT);
    cr_assert_not_null(strstr(damaged->message, "damaged"), "%s", damaged->message);

    write_manifest("CSV", "Bucket, Key", "d41d8cd98f00b204e9800998ecf8427e");
    other = inventory_source_new(manifest, NULL);
    cr_assert_null(read_all(other, &changed));
    cr_assert_not_null(strstr(changed->message, "MD5"), "%s", changed->message);
}

static void assert_refused(const char *text, const char *reason)
{
    g_autoptr(GError) error = NULL;

    write_text(manifest, text);
    cr_assert_null(inventory_source_new(manifest, &error), "%s", text);
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert_not_null(strstr(error->message, reason), "%s", error->message);
}

Test(key_source, what_is_no_inventory)
{
    assert_refused("", "no manifest");
    assert_refused("[]", "no manifest");
    assert_refused("{\"files\": 3}", "no manifest");
    assert_refused("{\"fileFormat\": \"ORC\", \"fileSchema\": \"s\", \"files\": []}", "in 'ORC'");
    assert_refused("{\"fileFormat\": \"CSV\", \"fileSchema\": \"Bucket\", \"files\": []}", "no column Key");
    assert_refused("{\"fileFormat\": \"CSV\", \"fileSchema\": \"Key\", \"files\": [{\"key\": \"a\"}]}",
                   "MD5checksum");
    assert_refused("{\"fileFormat\": \"CSV\", \"fileSchema\": \"Key\", \"files\": [{\"key\": \"..\", "
                   "\"MD5checksum\": \"\"}]}",
                   "neither in");
    assert_refused(
        "{\"fileFormat\": \"CSV\", \"fileSchema\": \"Key\", \"files\": [{\"key\": \"a/\\u001b[2J\", "
        "\"MD5checksum\": \"\"}]}",
        "its file 'a/\\x1b[2J' is");
}

Test(key_source, the_failures_of_a_report_each_once)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(KeySource) source = NULL;
    guint64 truncated = 0;
    char buffer[64];

    write_text(manifest, "{\"failures\": [{\"key\": \"a\"}, {\"key\": \"b c\"}, {\"key\": \"a\"}], "
                         "\"failures_truncated\": 7}");
    source = key_source_report(manifest, &truncated, NULL);
    cr_assert_eq(source->read(source, buffer, sizeof buffer, NULL), 6);
    cr_assert_arr_eq(buffer, "a\0b c", 6);
    cr_assert_eq(source->read(source, buffer, sizeof buffer, NULL), 0);
    cr_assert_eq(truncated, 7);
    write_text(manifest, "{\"failures\": [{\"key\": 1}]}");
    cr_assert_null(key_source_report(manifest, &truncated, &error));
    cr_assert_not_null(strstr(error->message, "no report of a run"), "%s", error->message);
}
