#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "store/directory.h"

static char *make_root(void)
{
    g_autofree char *path = g_dir_make_tmp("test-directory-XXXXXX", NULL);

    cr_assert_not_null(path);
    return g_strconcat(path, "/", NULL);
}

static void remove_tree(const char *root)
{
    g_autofree char *command = g_strconcat("rm -rf ", root, NULL);

    cr_assert_eq(system(command), 0);
}

static void make_file(const char *root, const char *key, const char *content)
{
    g_autofree char *path = g_strconcat(root, key, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    cr_assert_eq(g_mkdir_with_parents(parent, 0755), 0);
    cr_assert(g_file_set_contents(path, content, -1, NULL));
}

/* Keys in the order of the walk; fails the test on an error. */
static GPtrArray *walk_all(const char *root, gboolean is_destination)
{
    g_autoptr(DirectoryWalk) walk = directory_walk_new(root, is_destination);
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    gboolean found = TRUE;

    while (found) {
        DirectoryEntry entry = {0};
        g_autoptr(GError) error = NULL;

        cr_assert(directory_walk_next(walk, &entry, &found, &error), "%s",
                  error != NULL ? error->message : "");
        if (found)
            g_ptr_array_add(keys, entry.key);
    }
    return keys;
}

static GError *walk_to_error(const char *root, gboolean is_destination)
{
    g_autoptr(DirectoryWalk) walk = directory_walk_new(root, is_destination);

    for (;;) {
        DirectoryEntry entry = {0};
        gboolean found = FALSE;
        GError *error = NULL;

        if (!directory_walk_next(walk, &entry, &found, &error))
            return error;
        cr_assert(found, "the walk ended without an error");
        directory_entry_clear(&entry);
    }
}

static void assert_keys(GPtrArray *keys, const char *const *expected)
{
    guint n = g_strv_length((GStrv)expected);

    for (guint i = 0; i < MIN(keys->len, n); i++)
        cr_assert_str_eq(g_ptr_array_index(keys, i), expected[i]);
    cr_assert_eq(keys->len, n);
}

Test(directory, a_slash_sorts_like_any_byte)
{
    static const char *const expected[] = {"a!/x", "a-b", "a.txt", "a/b", "a/b.c", "a/bb/c", "a0", "b", NULL};
    g_autofree char *root = make_root();
    g_autoptr(GPtrArray) keys = NULL;

    for (guint i = 0; expected[i] != NULL; i++)
        make_file(root, expected[i], "");
    keys = walk_all(root, FALSE);
    assert_keys(keys, expected);
    remove_tree(root);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Few different bytes, so that names share beginnings; those around '/' and over 127 among them. */
static char *random_key(GRand *rand)
{
    static const char *const bytes[] = {"a", "b", "-", ".", "0", "!", "\xff", "\xc3\xa9", " ", "\x01"};
    GString *key = g_string_new(NULL);
    gint32 levels = g_rand_int_range(rand, 1, 5);

    for (gint32 i = 0; i < levels; i++) {
        gint32 length = g_rand_int_range(rand, 1, 4);

        g_string_append(key, i > 0 ? "/" : "");
        for (gint32 j = 0; j < length; j++)
            g_string_append(key, bytes[g_rand_int_range(rand, 0, G_N_ELEMENTS(bytes))]);
    }
    return g_string_free(key, FALSE);
}

static gboolean is_possible(const char *key)
{
    g_auto(GStrv) parts = g_strsplit(key, "/", -1);

    return !g_strv_contains((const char *const *)parts, ".") &&
           !g_strv_contains((const char *const *)parts, "..");
}

/* The order of a bucket with the same keys, whatever the names. */
Test(directory, the_order_is_that_of_whole_keys)
{
    for (guint32 seed = 0; seed < 20; seed++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        g_autofree char *root = make_root();
        g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) keys = NULL;

        for (int i = 0; i < 150; i++) {
            g_autofree char *key = random_key(rand);
            g_autofree char *path = g_strconcat(root, key, NULL);
            g_autofree char *parent = g_path_get_dirname(path);

            if (!is_possible(key) || g_mkdir_with_parents(parent, 0755) != 0 ||
                g_file_test(path, G_FILE_TEST_EXISTS))
                continue;
            cr_assert(g_file_set_contents(path, "", 0, NULL));
            g_ptr_array_add(made, g_steal_pointer(&key));
        }
        cr_assert_gt(made->len, 50);
        g_ptr_array_sort(made, compare_text);
        keys = walk_all(root, FALSE);
        cr_assert_eq(keys->len, made->len, "seed %u", seed);
        for (guint i = 0; i < keys->len; i++)
            cr_assert_str_eq(g_ptr_array_index(keys, i), g_ptr_array_index(made, i), "seed %u", seed);
        remove_tree(root);
    }
}

Test(directory, tells_size_and_time)
{
    g_autofree char *root = make_root();
    g_autoptr(DirectoryWalk) walk = directory_walk_new(root, FALSE);
    g_autofree char *path = g_strconcat(root, "x", NULL);
    struct timespec times[2] = {{1000000000, 999999999}, {1000000000, 999999999}};
    DirectoryEntry entry = {0};
    gboolean found = FALSE;

    make_file(root, "x", "12345");
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    cr_assert(directory_walk_next(walk, &entry, &found, NULL));
    cr_assert(found);
    cr_assert_str_eq(entry.key, "x");
    cr_assert_eq(entry.size_bytes, 5);
    cr_assert_eq(entry.mtime_s, 1000000000, "truncated, not rounded");
    cr_assert_eq(entry.mtime_ns, 999999999);
    directory_entry_clear(&entry);
    cr_assert(directory_walk_next(walk, &entry, &found, NULL));
    cr_assert_not(found);
    cr_assert(directory_walk_next(walk, &entry, &found, NULL));
    cr_assert_not(found, "the end stays the end");
    remove_tree(root);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

Test(directory, links_to_files_count_and_all_else_is_skipped)
{
    static const char *const expected[] = {"d/file", "link", NULL};
    g_autofree char *root = make_root();
    g_autofree char *fifo = g_strconcat(root, "fifo", NULL), *sock = g_strconcat(root, "socket", NULL);
    g_autofree char *link = g_strconcat(root, "link", NULL), *loop = g_strconcat(root, "d/loop", NULL);
    g_autofree char *dangling = g_strconcat(root, "dangling", NULL), *self = g_strconcat(root, "self", NULL);
    g_autofree char *to_fifo = g_strconcat(root, "to-fifo", NULL), *empty = g_strconcat(root, "empty", NULL);
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "d/file", "123");
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    make_socket(sock);
    cr_assert_eq(symlink("d/file", link), 0);
    cr_assert_eq(symlink("..", loop), 0);
    cr_assert_eq(symlink("nowhere", dangling), 0);
    cr_assert_eq(symlink("self", self), 0);
    cr_assert_eq(symlink("fifo", to_fifo), 0);
    cr_assert_eq(g_mkdir(empty, 0755), 0);
    keys = walk_all(root, FALSE);
    assert_keys(keys, expected);
    remove_tree(root);
}

static void make_old(const char *root, const char *name, gint64 age_s)
{
    g_autofree char *path = g_strconcat(root, name, NULL);
    struct timespec times[2] = {{clock_wall_us() / CLOCK_US_PER_S - age_s, 0}, {0, 0}};

    times[1] = times[0];
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static gboolean exists(const char *root, const char *name)
{
    g_autofree char *path = g_strconcat(root, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

Test(directory, temporary_files_are_hidden_and_stale_ones_removed_at_a_destination)
{
    static const char *const expected[] = {".thumbmill-x", "a.tmp", "d/x", NULL};
    g_autofree char *root = make_root();
    g_autoptr(GPtrArray) source = NULL, destination = NULL;

    make_file(root, ".thumbmill-0123.tmp", "");
    make_file(root, "d/.thumbmill-old.tmp", "");
    make_file(root, ".thumbmill-x", "");
    make_file(root, "a.tmp", "");
    make_file(root, "d/x", "");
    make_old(root, "d/.thumbmill-old.tmp", DIRECTORY_STALE_S + 60);
    make_old(root, ".thumbmill-0123.tmp", DIRECTORY_STALE_S - 60);
    make_old(root, "a.tmp", DIRECTORY_STALE_S + 60);
    source = walk_all(root, FALSE);
    assert_keys(source, expected);
    cr_assert(exists(root, "d/.thumbmill-old.tmp"), "a source is never changed");
    destination = walk_all(root, TRUE);
    assert_keys(destination, expected);
    cr_assert_not(exists(root, "d/.thumbmill-old.tmp"));
    cr_assert(exists(root, ".thumbmill-0123.tmp"), "it may still be written to");
    remove_tree(root);
}

Test(directory, a_missing_root_is_an_error_for_a_source_only)
{
    g_autoptr(GPtrArray) keys = walk_all("/tmp/test-no-such-directory/", TRUE);
    g_autoptr(GError) error = walk_to_error("/tmp/test-no-such-directory/", FALSE);

    cr_assert_eq(keys->len, 0);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, "/tmp/test-no-such-directory/") != NULL, "%s", error->message);
}

Test(directory, a_root_that_is_a_file_is_an_error)
{
    g_autofree char *root = make_root();
    g_autofree char *file = g_strconcat(root, "f/", NULL);
    g_autoptr(GError) error = NULL;

    make_file(root, "f", "");
    error = walk_to_error(file, TRUE);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    remove_tree(root);
}

/* Runs as nobody, since nothing is unreadable for root. */
Test(directory, an_unreadable_directory_is_an_error_that_names_it)
{
    g_autofree char *root = make_root();
    g_autofree char *closed = g_strconcat(root, "b/closed", NULL);
    g_autoptr(GError) error = NULL;

    make_file(root, "a", "");
    make_file(root, "b/closed/x", "");
    cr_assert_eq(g_chmod(root, 0755), 0);
    cr_assert_eq(g_chmod(closed, 0), 0);
    if (geteuid() == 0)
        cr_assert_eq(seteuid(65534), 0);
    error = walk_to_error(root, FALSE);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, "b/closed") != NULL, "%s", error->message);
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
    cr_assert_eq(g_chmod(closed, 0755), 0);
    remove_tree(root);
}

Test(directory, depth_is_limited)
{
    g_autofree char *root = make_root();
    GString *key = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 1; i < DIRECTORY_MAX_DEPTH; i++) /* the root is a level */
        g_string_append(key, "d/");
    g_string_append(key, "file");
    make_file(root, key->str, "");
    keys = walk_all(root, FALSE);
    cr_assert_eq(keys->len, 1);
    cr_assert_str_eq(g_ptr_array_index(keys, 0), key->str);
    g_string_append(key, "s/file");
    make_file(root, key->str, "");
    error = walk_to_error(root, FALSE);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, "d/files/") != NULL, "%s", error->message);
    g_string_free(key, TRUE);
    remove_tree(root);
}

Test(directory, key_length_is_limited)
{
    g_autofree char *root = make_root();
    g_autofree char *name = g_strnfill(250, 'n');
    g_autofree char *fits = g_strdup_printf("%s/%s/%s/%s/%.20s", name, name, name, name, name);
    g_autofree char *exceeds = g_strdup_printf("%s/%s/%s/%s/%.21s", name, name, name, name, name);
    g_autoptr(GPtrArray) keys = NULL;
    g_autoptr(GError) error = NULL;

    cr_assert_eq(strlen(fits), LIMIT_KEY_BYTES);
    make_file(root, fits, "");
    keys = walk_all(root, FALSE);
    cr_assert_eq(keys->len, 1);
    make_file(root, exceeds, "");
    error = walk_to_error(root, FALSE);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    remove_tree(root);
}
