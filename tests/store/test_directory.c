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

static GPtrArray *walk_with(const DirectoryWalkOptions *options, GString *skips);

/* Returns the keys in the order of the walk; fails the test on an error, or if anything is skipped. */
static GPtrArray *walk_all(const char *root, gboolean is_destination)
{
    g_autoptr(GString) skips = g_string_new(NULL);
    GPtrArray *keys =
        walk_with(&(DirectoryWalkOptions){.root = root, .is_destination = is_destination}, skips);

    cr_assert_str_eq(skips->str, "");
    return keys;
}

/* Like walk_all(), and appends "part: reason; " to skips for each part that is skipped, with loops in
 * brackets. */
static GPtrArray *walk_with(const DirectoryWalkOptions *options, GString *skips)
{
    g_autoptr(DirectoryWalk) walk = directory_walk_new(options);
    g_autoptr(GPtrArray) parts = NULL;
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
    parts = directory_walk_take_skips(walk);
    for (guint i = 0; i < parts->len; i++) {
        const DirectorySkip *part = parts->pdata[i];
        const char *marks = part->kind == DIRECTORY_SKIP_LINK ? "<>" : "()";
        const gboolean is_link = part->kind != DIRECTORY_SKIP_UNREADABLE;

        g_string_append_printf(skips, "%.*s%s: %s%.*s; ", is_link, marks, part->part, part->reason, is_link,
                               marks + 1);
    }
    return keys;
}

static GError *walk_to_error(const char *root, gboolean is_destination)
{
    g_autoptr(DirectoryWalk) walk =
        directory_walk_new(&(DirectoryWalkOptions){.root = root, .is_destination = is_destination});

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

/* Few different bytes, so that names share prefixes; including bytes next to '/' and above 127. */
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

/* The same order as that of a bucket with the same keys, whatever the names. */
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

static void set_mtime(const char *root, const char *name, gint64 mtime_s)
{
    g_autofree char *path = g_strconcat(root, name, NULL);
    struct timespec times[2] = {{mtime_s, 5}, {mtime_s, 5}};

    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* The first file, which must exist. */
static DirectoryEntry first_of(const char *root, gboolean is_destination)
{
    g_autoptr(DirectoryWalk) walk =
        directory_walk_new(&(DirectoryWalkOptions){.root = root, .is_destination = is_destination});
    DirectoryEntry entry = {0};
    gboolean found = FALSE;

    cr_assert(directory_walk_next(walk, &entry, &found, NULL));
    cr_assert(found);
    return entry;
}

static struct stat stat_of(const char *root, const char *name)
{
    g_autofree char *path = g_strconcat(root, name, NULL);
    struct stat st;

    cr_assert_eq(stat(path, &st), 0);
    return st;
}

/* The mtime is irrelevant: an older file that is moved there, copied with its time or unpacked there is a
 * change.
 */
Test(directory, the_time_of_a_source_is_its_ctime)
{
    static const gint64 mtimes[] = {1000000000, G_GINT64_CONSTANT(4000000000)};
    g_autofree char *root = make_root();

    make_file(root, "x", "12345");
    for (guint i = 0; i < G_N_ELEMENTS(mtimes); i++) {
        DirectoryEntry entry;
        struct stat st;

        set_mtime(root, "x", mtimes[i]);
        st = stat_of(root, "x");
        entry = first_of(root, FALSE);
        cr_assert_str_eq(entry.key, "x");
        cr_assert_eq(entry.size_bytes, 5);
        cr_assert_eq(entry.time_s, st.st_ctim.tv_sec);
        cr_assert_eq(entry.time_ns, st.st_ctim.tv_nsec);
        cr_assert_leq(ABS(entry.time_s - clock_wall_us() / CLOCK_US_PER_S), 60);
        directory_entry_clear(&entry);
    }
    remove_tree(root);
}

/* An output that was restored with its old time has that time. An mtime in the future was written before the
 * clock was set back, and is ignored. */
Test(directory, the_time_of_an_output_is_its_mtime_unless_that_is_impossible)
{
    g_autofree char *root = make_root();
    const gint64 now_s = clock_wall_us() / CLOCK_US_PER_S;
    DirectoryEntry entry;

    make_file(root, "x", "");
    set_mtime(root, "x", 1000000000);
    entry = first_of(root, TRUE);
    cr_assert_eq(entry.time_s, 1000000000);
    cr_assert_eq(entry.time_ns, 5);
    directory_entry_clear(&entry);
    set_mtime(root, "x", now_s + 1000);
    entry = first_of(root, TRUE);
    cr_assert_leq(ABS(entry.time_s - now_s), 60, "not newer than its ctime");
    directory_entry_clear(&entry);
    remove_tree(root);
}

/* Changing a link to another file counts as a change. */
Test(directory, a_link_is_as_new_as_the_newest_on_the_way)
{
    g_autofree char *root = make_root();
    g_autofree char *link = g_strconcat(root, "a", NULL);
    struct stat old;
    DirectoryEntry entry;

    make_file(root, "old", "");
    old = stat_of(root, "old");
    g_usleep(20000);
    cr_assert_eq(symlink("old", link), 0);
    entry = first_of(root, FALSE);
    cr_assert(entry.time_s > old.st_ctim.tv_sec ||
              (entry.time_s == old.st_ctim.tv_sec && entry.time_ns > old.st_ctim.tv_nsec));
    directory_entry_clear(&entry);
    remove_tree(root);
}

Test(directory, the_end_stays_the_end)
{
    g_autofree char *root = make_root();
    g_autoptr(DirectoryWalk) walk = directory_walk_new(&(DirectoryWalkOptions){.root = root});
    DirectoryEntry entry = {0};
    gboolean found = TRUE;

    for (int i = 0; i < 2; i++) {
        cr_assert(directory_walk_next(walk, &entry, &found, NULL));
        cr_assert_not(found);
    }
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

Test(directory, links_to_files_count_and_what_is_no_file_is_skipped)
{
    static const char *const expected[] = {"d/file", "link", NULL};
    g_autoptr(GString) skips = g_string_new(NULL);
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
    keys = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    assert_keys(keys, expected);
    cr_assert_str_eq(skips->str, "(d/loop/: a symbolic link to one of its parent folders); ");
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

/* For walks as the user nobody, since root can read everything. */
static void be_nobody(void)
{
    if (geteuid() == 0)
        cr_assert_eq(seteuid(65534), 0);
}

static void be_oneself(void)
{
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
}

static void set_mode(const char *root, const char *name, int mode)
{
    g_autofree char *path = g_strconcat(root, name, NULL);

    cr_assert_eq(g_chmod(path, mode), 0);
}

Test(directory, an_unreadable_folder_is_left_out_and_told)
{
    static const char *const expected[] = {"a", "b/y", "c", NULL};
    g_autofree char *root = make_root();
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "a", "");
    make_file(root, "b/closed/x", "");
    make_file(root, "b/y", "");
    make_file(root, "c", "");
    make_file(root, "names/only", "");
    make_file(root, "names/sub/only", "");
    set_mode(root, "", 0755);
    set_mode(root, "b/closed", 0);
    set_mode(root, "names", 0444);
    for (int is_destination = 0; is_destination < 2; is_destination++) {
        g_autoptr(GString) skips = g_string_new(NULL);

        be_nobody();
        keys = walk_with(&(DirectoryWalkOptions){.root = root, .is_destination = is_destination}, skips);
        be_oneself();
        assert_keys(keys, expected);
        g_clear_pointer(&keys, g_ptr_array_unref);
        cr_assert_str_eq(skips->str, "b/closed/: Permission denied; names/: Permission denied; ",
                         "a folder once, not each name in it");
    }
    set_mode(root, "b/closed", 0755);
    set_mode(root, "names", 0755);
    remove_tree(root);
}

Test(directory, a_file_behind_an_unreadable_folder_is_left_out_alone)
{
    static const char *const expected[] = {"a", "c", NULL};
    g_autofree char *root = make_root();
    g_autofree char *link = g_strconcat(root, "b", NULL);
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "a", "");
    make_file(root, "c", "");
    make_file(root, "z/file", "");
    cr_assert_eq(symlink("z/file", link), 0);
    set_mode(root, "", 0755);
    set_mode(root, "z", 0);
    be_nobody();
    keys = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    be_oneself();
    assert_keys(keys, expected);
    cr_assert_str_eq(skips->str, "b: Permission denied; z/: Permission denied; ");
    set_mode(root, "z", 0755);
    remove_tree(root);
}

Test(directory, an_unreadable_root_is_an_error)
{
    static const int modes[] = {0, 0444};
    g_autofree char *root = make_root();

    make_file(root, "a", "");
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autoptr(GError) error = NULL;

        set_mode(root, "", modes[i]);
        be_nobody();
        error = walk_to_error(root, FALSE);
        be_oneself();
        cr_assert_eq(error_class(error), ERROR_PERMANENT);
        cr_assert(strstr(error->message, root) != NULL, "%s", error->message);
    }
    set_mode(root, "", 0755);
    remove_tree(root);
}

static gboolean may_enter(const char *folder, void *data)
{
    return strcmp(folder, data) != 0;
}

Test(directory, a_folder_that_is_not_wanted_is_not_entered)
{
    static const char *const expected[] = {"a", "keep/closed", NULL};
    g_autofree char *root = make_root();
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "a", "");
    make_file(root, "keep/closed", "");
    make_file(root, "b/closed/x", "");
    set_mode(root, "", 0755);
    set_mode(root, "b/closed", 0);
    be_nobody();
    keys = walk_with(
        &(DirectoryWalkOptions){.root = root, .may_enter = may_enter, .data = (void *)"b/closed/"}, skips);
    be_oneself();
    assert_keys(keys, expected);
    cr_assert_str_eq(skips->str, "");
    set_mode(root, "b/closed", 0755);
    remove_tree(root);
}

/* All keys of a range, and only they, as if the whole were listed and the others dropped. */
static void assert_range(const char *root, const GPtrArray *all, const char *prefix, const char *after)
{
    g_autoptr(GPtrArray) keys = NULL;
    g_autoptr(GString) skips = g_string_new(NULL);
    guint n = 0;

    keys = walk_with(&(DirectoryWalkOptions){.root = root, .prefix = prefix, .after = after}, skips);
    for (guint i = 0; i < all->len; i++) {
        const char *key = all->pdata[i];

        if (!g_str_has_prefix(key, prefix) || (after != NULL && strcmp(key, after) <= 0))
            continue;
        cr_assert_lt(n, keys->len, "'%s' is missing after '%s'", key, after);
        cr_assert_str_eq(keys->pdata[n++], key);
    }
    cr_assert_eq(keys->len, n, "too many of '%s' after '%s'", prefix, after);
}

Test(directory, a_range_is_that_part_of_the_whole)
{
    static const char *const files[] = {"a",           "a-5.jpg", "a.jpg", "a.p.jpg", "a/b.jpg",
                                        "a/b/c/d.jpg", "a/b0",    "ab/c",  "b",       "b.x/y.jpg",
                                        "\xc3\xa9/z",  "c/d/e",   "c/d0/e"};
    static const char *const prefixes[] = {"",      "a",   "a/",       "a/b", "a/b/c/",
                                           "b.x/y", "c/d", "nothing/", "\xc3"};
    g_autofree char *root = make_root();
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GString) skips = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        if (strcmp(files[i], "a") != 0)
            make_file(root, files[i], "");
    }
    all = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    cr_assert_eq(all->len, G_N_ELEMENTS(files) - 1);
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        assert_range(root, all, prefixes[i], NULL);
        for (guint j = 0; j < G_N_ELEMENTS(files); j++) {
            g_autofree char *behind = g_strconcat(files[j], "\x01", NULL);

            assert_range(root, all, prefixes[i], files[j]);
            assert_range(root, all, prefixes[i], behind);
        }
    }
    remove_tree(root);
}

Test(directory, a_folder_without_a_key_of_the_range_is_not_entered)
{
    static const char *const expected[] = {"b/x", NULL};
    g_autofree char *root = make_root();
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "a/x", "");
    make_file(root, "b/x", "");
    make_file(root, "c/x", "");
    set_mode(root, "", 0755);
    set_mode(root, "a", 0);
    set_mode(root, "c", 0);
    be_nobody();
    keys = walk_with(&(DirectoryWalkOptions){.root = root, .prefix = "b", .after = "aa"}, skips);
    be_oneself();
    assert_keys(keys, expected);
    cr_assert_str_eq(skips->str, "");
    set_mode(root, "a", 0755);
    set_mode(root, "c", 0755);
    remove_tree(root);
}

Test(directory, depth_is_limited)
{
    g_autofree char *root = make_root();
    GString *key = g_string_new(NULL);
    g_autofree char *fits = NULL, *expected = NULL;
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    for (guint i = 1; i < DIRECTORY_MAX_DEPTH; i++) /* the root is one level */
        g_string_append(key, "d/");
    fits = g_strconcat(key->str, "file", NULL);
    make_file(root, fits, "");
    g_string_append(key, "e/file");
    make_file(root, key->str, "");
    make_file(root, "z", "");
    keys = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    cr_assert_eq(keys->len, 2);
    cr_assert_str_eq(g_ptr_array_index(keys, 0), fits);
    cr_assert_str_eq(g_ptr_array_index(keys, 1), "z", "the rest is listed");
    g_string_truncate(key, key->len - strlen("file"));
    expected = g_strconcat(key->str, ": more than 200 folders deep; ", NULL);
    cr_assert_str_eq(skips->str, expected);
    g_string_free(key, TRUE);
    remove_tree(root);
}

Test(directory, key_length_is_limited)
{
    g_autofree char *root = make_root();
    g_autofree char *name = g_strnfill(250, 'n');
    g_autofree char *fits = g_strdup_printf("%s/%s/%s/%s/%.20s", name, name, name, name, name);
    g_autofree char *exceeds = g_strdup_printf("%s/%s/%s/%s/%.21s", name, name, name, name, name);
    g_autofree char *folder = g_strdup_printf("%s/%s/%s/%s/o%.19s/", name, name, name, name, name);
    g_autofree char *below = g_strconcat(folder, "x", NULL);
    g_autofree char *expected = g_strdup_printf("%s: its key is longer than 1024 bytes; "
                                                "%s: its keys are longer than 1024 bytes; ",
                                                exceeds, folder);
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    cr_assert_eq(strlen(fits), LIMIT_KEY_BYTES);
    make_file(root, fits, "");
    make_file(root, exceeds, "");
    make_file(root, below, "");
    make_file(root, "z", "");
    keys = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    cr_assert_eq(keys->len, 2);
    cr_assert_str_eq(g_ptr_array_index(keys, 0), fits);
    cr_assert_str_eq(g_ptr_array_index(keys, 1), "z");
    cr_assert_str_eq(skips->str, expected);
    remove_tree(root);
}

static void link_to(const char *root, const char *name, const char *target)
{
    g_autofree char *path = g_strconcat(root, name, NULL);

    cr_assert_eq(symlink(target, path), 0, "%s", name);
}

/* Sorted like the folders that they point to, without loops. */
Test(directory, links_to_folders_are_followed)
{
    static const char *const expected[] = {"a!",      "a/x",         "album.txt", "album/deep/y",
                                           "album/x", "real/deep/y", "real/x",    NULL};
    g_autofree char *root = make_root();
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "real/x", "");
    make_file(root, "real/deep/y", "");
    make_file(root, "a!", "");
    make_file(root, "a/x", "");
    make_file(root, "album.txt", "");
    link_to(root, "album", "real");
    link_to(root, "real/deep/up", "../..");
    link_to(root, "real/deep/self", ".");
    link_to(root, "dangling", "nowhere");
    keys = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    assert_keys(keys, expected);
    cr_assert(strstr(skips->str, "(real/deep/up/: ") != NULL, "%s", skips->str);
    cr_assert(strstr(skips->str, "(album/deep/self/: ") != NULL, "%s", skips->str);
    cr_assert(strchr(skips->str, '<') == NULL, "%s", skips->str);
    remove_tree(root);
}

Test(directory, links_that_lead_out_of_a_source_are_told_and_those_of_a_destination_followed)
{
    static const char *const inside[] = {"a", "near", NULL};
    static const char *const everything[] = {"a", "near", "out-file", "out/x", NULL};
    g_autofree char *root = make_root();
    g_autofree char *outside = make_root();
    g_autofree char *file = g_strconcat(outside, "x", NULL), *near = g_strconcat(root, "a", NULL);
    g_autoptr(GString) skips = g_string_new(NULL), none = g_string_new(NULL);
    g_autoptr(GPtrArray) source = NULL, destination = NULL, any = NULL;

    make_file(root, "a", "");
    make_file(outside, "x", "");
    link_to(root, "near", near);
    link_to(root, "out", outside);
    link_to(root, "out-file", file);
    source = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    assert_keys(source, inside);
    cr_assert(strstr(skips->str, "<out-file: a symbolic link to a file outside") != NULL, "%s", skips->str);
    cr_assert(strstr(skips->str, "<out/: a symbolic link to a folder outside") != NULL, "%s", skips->str);
    any = walk_with(&(DirectoryWalkOptions){.root = root, .links_lead_out = TRUE}, none);
    assert_keys(any, everything);
    cr_assert_str_eq(none->str, "");
    destination = walk_with(&(DirectoryWalkOptions){.root = root, .is_destination = TRUE}, none);
    assert_keys(destination, everything);
    cr_assert_str_eq(none->str, "");
    remove_tree(root);
    remove_tree(outside);
}

/* An uploader with write permission there could have whole file systems listed, and files that look temporary
 * removed from them. */
Test(directory, of_the_links_in_a_destination_only_trusted_ones_in_its_root_are_followed)
{
    static const char *const expected[] = {"a/x", "own/x", NULL};
    g_autofree char *root = make_root();
    g_autofree char *outside = make_root();
    g_autofree char *theirs = g_strconcat(root, "theirs", NULL);
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "a/x", "");
    make_file(outside, "x", "");
    link_to(root, "own", outside);
    link_to(root, "a/deep", outside);
    if (geteuid() == 0) {
        link_to(root, "theirs", outside);
        cr_assert_eq(lchown(theirs, 65534, 65534), 0);
    }
    keys = walk_with(&(DirectoryWalkOptions){.root = root, .is_destination = TRUE}, skips);
    assert_keys(keys, expected);
    cr_assert(strstr(skips->str, "a/deep/: a symbolic link that is not in the store's top folder") != NULL,
              "%s", skips->str);
    cr_assert_eq(strstr(skips->str, "theirs/: ") != NULL, geteuid() == 0, "%s", skips->str);
    remove_tree(root);
    remove_tree(outside);
}

/* Otherwise outputs would be rendered as originals, endlessly. */
Test(directory, no_link_leads_into_the_destination)
{
    static const char *const expected[] = {"a", "album/keep", "made/thumb/x", "real/keep", NULL};
    g_autofree char *root = make_root();
    g_autofree char *made = g_strconcat(root, "made/", NULL), *nested = g_strconcat(root, "real/made/", NULL);
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    make_file(root, "a", "");
    make_file(root, "made/thumb/x", "");
    make_file(root, "real/keep", "");
    link_to(root, "to-made", "made");
    link_to(root, "to-thumb", "made/thumb");
    link_to(root, "album", "real");
    keys = walk_with(&(DirectoryWalkOptions){.root = root, .never_by_link = made}, skips);
    assert_keys(keys, expected);
    cr_assert_str_eq(skips->str, "<to-made/: a symbolic link into the destination>; "
                                 "<to-thumb/: a symbolic link into the destination>; ");
    g_clear_pointer(&keys, g_ptr_array_unref);
    g_string_truncate(skips, 0);
    make_file(root, "real/made/x", "");
    keys = walk_with(&(DirectoryWalkOptions){.root = root, .never_by_link = nested}, skips);
    cr_assert_str_eq(skips->str, "<album/made/: the destination, reached through a symbolic link>; ");
    remove_tree(root);
}

/* Ten folders with links to each other: more than 10! paths, if all were followed. */
Test(directory, folders_that_link_to_each_other_are_no_endless_listing)
{
    enum { N = 10 };
    g_autofree char *root = make_root();
    g_autoptr(GString) skips = g_string_new(NULL);
    g_autoptr(GPtrArray) keys = NULL;

    for (int i = 0; i < N; i++) {
        g_autofree char *file = g_strdup_printf("d%d/file", i);

        make_file(root, file, "");
        for (int j = 0; j < N; j++) {
            g_autofree char *name = g_strdup_printf("d%d/to%d", i, j);
            g_autofree char *target = g_strdup_printf("../d%d", j);

            link_to(root, name, target);
        }
    }
    keys = walk_with(&(DirectoryWalkOptions){.root = root}, skips);
    cr_assert_gt(keys->len, N);
    cr_assert_leq(keys->len, N * 9 * 8 * 2);
    cr_assert(strstr(skips->str, "a symbolic link below 2 others") != NULL);
    remove_tree(root);
}

Test(directory, a_destination_may_be_missing_only_below_a_directory_that_is_there)
{
    g_autofree char *root = make_root();
    g_autofree char *child = g_strconcat(root, "web/", NULL),
                    *grandchild = g_strconcat(root, "no/web/", NULL);
    DirectoryWalkOptions options = {.root = grandchild, .is_destination = TRUE};
    g_autoptr(DirectoryWalk) strict = NULL;
    g_autoptr(GPtrArray) keys = walk_all(child, TRUE), none = walk_all(grandchild, TRUE);
    g_autoptr(GError) error = NULL;
    DirectoryEntry entry;
    gboolean found;

    cr_assert_eq(keys->len + none->len, 0);
    options.needs_parent = TRUE;
    strict = directory_walk_new(&options);
    cr_assert_not(directory_walk_next(strict, &entry, &found, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, "not mounted?") != NULL, "%s", error->message);
    remove_tree(root);
}

Test(directory, the_share_grows_to_one)
{
    g_autofree char *root = make_root();
    g_autoptr(DirectoryWalk) walk = directory_walk_new(&(DirectoryWalkOptions){.root = root});
    double share = directory_walk_share(walk);
    gboolean found = TRUE;

    cr_assert_eq(share, 0);
    for (int i = 0; i < 40; i++) {
        g_autofree char *key = g_strdup_printf("%d/%d", i / 10, i);

        make_file(root, key, "");
    }
    for (int i = 0; found; i++) {
        DirectoryEntry entry = {0};

        cr_assert(directory_walk_next(walk, &entry, &found, NULL));
        directory_entry_clear(&entry);
        cr_assert_geq(directory_walk_share(walk), share);
        share = directory_walk_share(walk);
        if (i == 19)
            cr_assert_float_eq(share, 0.5, 0.01);
    }
    cr_assert_eq(share, 1);
    remove_tree(root);
}
