#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "store/file_mark.h"

static char *root; /* ends with '/' */

static void setup(void)
{
    g_autofree char *made = g_dir_make_tmp("test-file-mark-XXXXXX", NULL);

    root = g_strconcat(made, "/", NULL);
}

static void teardown(void)
{
    g_autofree char *command = g_strconcat("rm -rf ", root, NULL);

    cr_assert_eq(system(command), 0);
    g_free(root);
}

TestSuite(file_mark, .init = setup, .fini = teardown);

static char *in(const char *key)
{
    return g_strconcat(root, key, NULL);
}

static void write_file(const char *path, const char *text)
{
    const FilePlace place = {.root_bytes = strlen(root), .base_bytes = strlen(root)};

    cr_assert(file_write(path, &place, text, strlen(text), NULL));
}

static FilePath as_path(const char *name)
{
    return (FilePath){name, strlen(root)};
}

/* Folders of tests are on file systems with extended attributes, but for a few: nothing to see there. */
static gboolean mark(const char *name, const char *const *lines)
{
    const FilePath path = as_path(name);

    if (file_mark(&path, lines))
        return TRUE;
    cr_assert_eq(errno, ENOTSUP, "%s", g_strerror(errno));
    return FALSE;
}

Test(file_mark, lines_are_kept_with_the_file_and_go_with_it)
{
    static const char *const lines[] = {"x-amz-meta-a: 1", "x-amz-meta-b: 2", NULL};
    g_autofree char *name = in("d/e/a.webp");
    const FilePath path = as_path(name);
    FileDescription file = {0};

    write_file(name, "12345");
    cr_assert(file_describe(&path, &file, NULL));
    cr_assert_eq(file.size_bytes, 5);
    cr_assert_eq(g_strv_length(file.lines), 0);
    file_description_clear(&file);
    if (!mark(name, lines))
        return;
    cr_assert(file_describe(&path, &file, NULL));
    cr_assert(g_strv_equal((const char *const *)file.lines, lines));
    file_description_clear(&file);
    write_file(name, "123");
    cr_assert(file_describe(&path, &file, NULL));
    cr_assert_eq(g_strv_length(file.lines), 0, "another file");
    file_description_clear(&file);
}

Test(file_mark, what_others_have_written_there_is_no_mark)
{
    static const char not_text[] = "\xff\xfe";
    char long_text[FILE_MARK_MAX_BYTES + 10];
    g_autofree char *name = in("a.webp");
    const FilePath path = as_path(name);
    const char *const too_long[] = {long_text, NULL};
    FileDescription file = {0};

    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    write_file(name, "x");
    cr_assert_not(file_mark(&path, too_long));
    cr_assert_eq(errno, E2BIG);
    if (setxattr(name, FILE_MARK_ATTRIBUTE, not_text, 2, 0) != 0)
        return;
    cr_assert(file_describe(&path, &file, NULL));
    cr_assert_eq(g_strv_length(file.lines), 0);
    file_description_clear(&file);
    if (setxattr(name, FILE_MARK_ATTRIBUTE, long_text, FILE_MARK_MAX_BYTES + 1, 0) != 0)
        return; /* ext4 keeps no more than a block */
    cr_assert(file_describe(&path, &file, NULL));
    cr_assert_eq(g_strv_length(file.lines), 0);
    file_description_clear(&file);
}

Test(file_mark, no_regular_file_is_none)
{
    static const char *const lines[] = {"x-amz-meta-a: 1", NULL};
    static const char *const keys[] = {"missing",        "folder",     "link",
                                       "folder/missing", "file/below", "linked/x"};
    g_autofree char *folder = in("folder"), *file = in("file"), *link = in("link"), *linked = in("linked");

    write_file(file, "x");
    cr_assert_eq(g_mkdir(folder, 0755), 0);
    cr_assert_eq(symlink(file, link), 0);
    cr_assert_eq(symlink("/etc", linked), 0);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *name = in(keys[i]);
        const FilePath path = as_path(name);
        g_autoptr(GError) error = NULL;
        FileDescription description = {0};

        cr_assert_not(file_describe(&path, &description, &error), "%s", keys[i]);
        cr_assert_null(error, "%s", keys[i]);
        cr_assert_not(file_mark(&path, lines), "%s", keys[i]);
    }
}

Test(file_mark, only_the_version_that_was_seen_is_removed)
{
    g_autofree char *name = in("d/a.webp");
    const FilePath path = as_path(name);
    FileDescription seen = {0};

    write_file(name, "1");
    cr_assert(file_describe(&path, &seen, NULL));
    write_file(name, "2");
    cr_assert_eq(file_remove(&path, seen.version, NULL), FILE_CHANGED);
    cr_assert(g_file_test(name, G_FILE_TEST_EXISTS));
    file_description_clear(&seen);
    cr_assert(file_describe(&path, &seen, NULL));
    cr_assert_eq(file_remove(&path, seen.version, NULL), FILE_REMOVED);
    cr_assert_not(g_file_test(name, G_FILE_TEST_EXISTS));
    cr_assert_eq(file_remove(&path, seen.version, NULL), FILE_REMOVED, "it is gone");
    file_description_clear(&seen);
}

/* A user who can write to the tree cannot make us remove a file elsewhere. */
Test(file_mark, no_link_is_followed_to_a_file_that_is_removed)
{
    g_autofree char *outside = g_dir_make_tmp("test-file-mark-outside-XXXXXX", NULL);
    g_autofree char *victim = g_build_filename(outside, "a.webp", NULL);
    g_autofree char *folder = in("deep/linked"), *deep = in("deep"), *name = in("deep/linked/a.webp");
    g_autofree char *version = NULL;
    const FilePath path = as_path(name);

    cr_assert(g_file_set_contents(victim, "x", 1, NULL));
    version = file_version(victim);
    cr_assert_eq(g_mkdir(deep, 0755), 0);
    cr_assert_eq(symlink(outside, folder), 0);
    cr_assert_neq(file_remove(&path, version, NULL), FILE_REMOVE_FAILED);
    cr_assert(g_file_test(victim, G_FILE_TEST_EXISTS));
    cr_assert_eq(g_unlink(victim), 0);
    cr_assert_eq(g_rmdir(outside), 0);
}
