#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "store/directory.h"
#include "store/file.h"

static const FilePlace place;

static char *make_root(void)
{
    char *path = g_dir_make_tmp("test-file-XXXXXX", NULL);

    cr_assert_not_null(path);
    return path;
}

static void remove_tree(const char *root)
{
    g_autofree char *command = g_strconcat("rm -rf ", root, NULL);

    cr_assert_eq(system(command), 0);
}

static char *in(const char *root, const char *name)
{
    return g_build_filename(root, name, NULL);
}

static void assert_content(const char *path, const char *expected)
{
    g_autofree char *content = NULL;

    cr_assert(g_file_get_contents(path, &content, NULL, NULL));
    cr_assert_str_eq(content, expected);
}

static guint count_entries(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

Test(file, writes_makes_directories_and_replaces)
{
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "a/b c/\xc3\xa9.jpg");
    g_autofree char *parent = g_path_get_dirname(path);
    struct stat st;

    umask(077);
    cr_assert(file_write(path, &place, "first", 5, NULL));
    assert_content(path, "first");
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0644, "whatever the umask");
    cr_assert_eq(stat(parent, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0755);
    cr_assert(file_write(path, &place, "2nd", 3, NULL));
    assert_content(path, "2nd");
    cr_assert(file_write(path, &place, NULL, 0, NULL));
    assert_content(path, "");
    cr_assert_eq(count_entries(parent), 1, "no temporary file is left");
    remove_tree(root);
}

Test(file, modes_are_those_of_the_place_and_folders_that_are_there_keep_theirs)
{
    static const FilePlace shared = {.file_mode = 0660, .dir_mode = 02770};
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "a/b/x"), *a = in(root, "a"), *b = in(root, "a/b");
    struct stat st;

    umask(077);
    cr_assert_eq(g_mkdir(a, 0700), 0);
    cr_assert(file_write(path, &shared, "x", 1, NULL));
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0660);
    cr_assert_eq(stat(b, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 02770);
    cr_assert_eq(stat(a, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0700);
    remove_tree(root);
}

/* If a disk is not mounted, no directory is made in its place. */
Test(file, no_directory_is_made_but_below_the_base)
{
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "disk/web/a/x"), *disk = in(root, "disk");
    FilePlace below = {.base_bytes = strlen(disk) + 1, .root_bytes = strlen(disk) + strlen("/web/")};
    g_autoptr(GError) error = NULL;

    cr_assert_not(file_write(path, &below, "x", 1, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert_not(g_file_test(disk, G_FILE_TEST_EXISTS));
    cr_assert_eq(g_mkdir(disk, 0755), 0);
    cr_assert(file_write(path, &below, "x", 1, NULL));
    assert_content(path, "x");
    remove_tree(root);
}

Test(file, a_place_is_read_as_it_was_written)
{
    static const FilePlace places[] = {{0644, 0755, 9, 12}, {0, 0, 1, 0}, {0777, 02777, PATH_MAX, PATH_MAX}};
    static const char *const bad[] = {"",
                                      "?",
                                      "?base=1&root=1",
                                      "?base=1&root=1&file=644",
                                      "?base=1&root=1&file=644&dir=755&more=1",
                                      "?base=1&file=644&dir=755",
                                      "?base=1&root=99999&file=644&dir=755",
                                      "?base=-1&root=1&file=644&dir=755",
                                      "?base=1&root=1&file=4755&dir=755",
                                      "?base=1&root=1&file=64x&dir=755",
                                      "?base=1&root=1&file=644&dir=17777",
                                      "?base= 1&root=1&file=644&dir=755",
                                      "?base=99999&root=1&file=644&dir=755",
                                      "?base=99999999999999999999999&root=1&file=644&dir=755"};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *text = file_place_format(&places[i]);
        FilePlace read = {0};

        cr_assert(file_place_parse(text, &read), "%s", text);
        cr_assert_eq(read.file_mode, places[i].file_mode);
        cr_assert_eq(read.dir_mode, places[i].dir_mode);
        cr_assert_eq(read.base_bytes, places[i].base_bytes);
        cr_assert_eq(read.root_bytes, places[i].root_bytes);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        FilePlace read;

        cr_assert_not(file_place_parse(bad[i], &read), "%s", bad[i]);
    }
}

static void refuse(const char *path, ErrorClass class)
{
    g_autoptr(GError) error = NULL;

    cr_assert_not(file_write(path, &place, "x", 1, &error));
    cr_assert_eq(error_class(error), class, "%s", error->message);
    cr_assert(strstr(error->message, path) != NULL, "%s", error->message);
}

/* Such keys can be chosen by anybody who chooses keys, so they say nothing about the store. */
Test(file, what_is_in_the_way_is_the_fault_of_the_key)
{
    g_autofree char *root = make_root();
    g_autofree char *plain = in(root, "plain"), *below = in(root, "plain/x"), *dir = in(root, "dir");
    g_autofree char *long_name = g_strnfill(256, 'n');
    g_autofree char *too_long = in(root, long_name);

    cr_assert(file_write(plain, &place, "x", 1, NULL));
    cr_assert_eq(g_mkdir(dir, 0755), 0);
    refuse(below, ERROR_INPUT);
    refuse(dir, ERROR_INPUT);
    refuse(too_long, ERROR_INPUT);
    refuse("/proc/none/x", ERROR_PERMANENT);
    cr_assert_eq(count_entries(root), 2, "no temporary file is left");
    remove_tree(root);
}

Test(file, a_directory_is_asked_what_it_allows)
{
    g_autofree char *root = make_root();
    g_autofree char *plain = in(root, "plain"), *none = in(root, "none");

    cr_assert(file_write(plain, &place, "x", 1, NULL));
    cr_assert(file_allows(root, FALSE));
    cr_assert(file_allows(root, TRUE));
    cr_assert_not(file_allows(plain, FALSE));
    cr_assert_not(file_allows(none, FALSE));
    cr_assert_not(file_allows(none, TRUE));
    remove_tree(root);
}

/* As the user nobody, since root may write everywhere. */
Test(file, no_permission_is_permanent)
{
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "x");

    cr_assert_eq(g_chmod(root, 0555), 0);
    if (geteuid() == 0)
        cr_assert_eq(seteuid(65534), 0);
    refuse(path, ERROR_PERMANENT);
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
    cr_assert_eq(g_chmod(root, 0755), 0);
    remove_tree(root);
}

/* A full disk, imitated by RLIMIT_FSIZE: the error is transient, and no file is left. */
Test(file, a_failed_write_leaves_nothing)
{
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "x");
    g_autofree char *data = g_malloc0(1 << 20);
    struct rlimit limit = {4096, 4096};
    g_autoptr(GError) error = NULL;

    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_not(file_write(path, &place, data, 1 << 20, &error));
    cr_assert_eq(error_class(error), ERROR_TRANSIENT, "%s", error->message);
    cr_assert_eq(count_entries(root), 0);
    remove_tree(root);
}

/* Names that appeared in a watched directory, joined by blanks. */
static char *names_that_appeared(int watch)
{
    GString *names = g_string_new(NULL);
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    gssize n = 0;

    while ((n = read(watch, buffer, sizeof buffer)) > 0) {
        for (gssize at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(buffer + at);

            g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", event->name);
            at += (gssize)(sizeof *event + event->len);
        }
    }
    return g_string_free(names, FALSE);
}

/* Where files without a name can be created: a process that dies while writing leaves no file. */
Test(file, a_new_file_has_never_another_name)
{
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "x");
    autofd int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    g_autofree char *first = NULL, *second = NULL;

    cr_assert_geq(inotify_add_watch(watch, root, IN_CREATE | IN_MOVED_TO), 0);
    cr_assert(file_write(path, &place, "first", 5, NULL));
    first = names_that_appeared(watch);
    cr_assert_str_eq(first, "x");
    cr_assert(file_write(path, &place, "2nd", 3, NULL));
    second = names_that_appeared(watch);
    cr_assert(g_str_has_prefix(second, DIRECTORY_TEMPORARY_PREFIX), "%s", second);
    cr_assert(g_str_has_suffix(second, DIRECTORY_TEMPORARY_SUFFIX " x"), "%s", second);
    remove_tree(root);
}

#define VERSIONS   26
#define BODY_BYTES (256u << 10)

static void write_for_ever(const char *path)
{
    char *data = g_malloc(BODY_BYTES);

    for (guint i = 0;; i++) {
        memset(data, 'a' + (int)(i % VERSIONS), BODY_BYTES);
        if (!file_write(path, &place, data, BODY_BYTES, NULL))
            _exit(1);
    }
}

/* Asserts that the file is absent, or has BODY_BYTES equal letters. */
static void assert_complete_or_absent(const char *path, int round)
{
    g_autofree char *content = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &content, &size, NULL))
        return;
    cr_assert_eq(size, BODY_BYTES, "round %d", round);
    for (gsize i = 1; i < size; i++)
        cr_assert(content[i] == content[0], "round %d: byte %zu", round, i);
}

static void wait_for_file(const char *path)
{
    while (!g_file_test(path, G_FILE_TEST_EXISTS))
        g_usleep(200);
}

Test(file, a_writer_killed_at_any_moment_leaves_all_or_nothing, .timeout = 60)
{
    g_autofree char *root = make_root();
    guint kept = 0;

    for (int round = 0; round < 60; round++) {
        g_autofree char *name = g_strdup_printf("dir-%d/file", round);
        g_autofree char *path = in(root, name);
        pid_t pid = fork();
        int status = 0;

        cr_assert_geq(pid, 0);
        if (pid == 0)
            write_for_ever(path);
        if (round % 2 == 0) /* on a busy machine the writer may take long to start */
            wait_for_file(path);
        g_usleep((gulong)g_random_int_range(0, 6000));
        cr_assert_eq(kill(pid, SIGKILL), 0);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert(WIFSIGNALED(status), "the writer ended by itself");
        assert_complete_or_absent(path, round);
        kept += g_file_test(path, G_FILE_TEST_EXISTS) ? 1 : 0;
    }
    cr_assert_gt(kept, 0, "none got as far as to write once");
    /* leftovers are hidden */
    {
        g_autofree char *slashed = g_strconcat(root, "/", NULL);
        g_autoptr(DirectoryWalk) walk =
            directory_walk_new(&(DirectoryWalkOptions){.root = slashed, .is_destination = TRUE});
        gboolean found = TRUE;
        guint seen = 0;

        while (found) {
            DirectoryEntry entry = {0};

            cr_assert(directory_walk_next(walk, &entry, &found, NULL));
            cr_assert(!found || g_str_has_suffix(entry.key, "/file"));
            seen += found ? 1 : 0;
            directory_entry_clear(&entry);
        }
        cr_assert_eq(seen, kept);
    }
    remove_tree(root);
}

static GError *read_error(const char *path, guint64 max_bytes, gint64 expected_bytes)
{
    g_autoptr(Blob) blob = blob_new("t", 1 << 20, NULL);
    GError *error = NULL;

    cr_assert_not(file_read(&(FilePath){.name = path}, max_bytes, expected_bytes, blob, &error));
    cr_assert(strstr(error->message, path) != NULL, "%s", error->message);
    return error;
}

static void assert_read_class(const char *path, guint64 max_bytes, gint64 expected_bytes, ErrorClass class)
{
    g_autoptr(GError) error = read_error(path, max_bytes, expected_bytes);

    cr_assert_eq(error_class(error), class, "%s", error->message);
}

Test(file, reads_regular_files_only)
{
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "x"), *fifo = in(root, "fifo"), *link = in(root, "link"),
                    *none = in(root, "none");
    g_autofree char *to_fifo = in(root, "to-fifo");
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);

    cr_assert(file_write(path, &place, "12345", 5, NULL));
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    cr_assert_eq(symlink("x", link), 0);
    cr_assert_eq(symlink("fifo", to_fifo), 0);
    cr_assert(file_read(&(FilePath){.name = link}, 5, 5, blob, NULL));
    cr_assert(blob_seal(blob, NULL));
    cr_assert_eq(blob_size(blob), 5);
    cr_assert_eq(memcmp(blob_data(blob), "12345", 5), 0);
    assert_read_class(path, 4, -1, ERROR_LIMIT);
    assert_read_class(path, 100, 4, ERROR_TRANSIENT);
    assert_read_class(path, 100, 6, ERROR_TRANSIENT);
    assert_read_class(fifo, 100, -1, ERROR_INPUT);
    assert_read_class(to_fifo, 100, -1, ERROR_INPUT);
    assert_read_class(root, 100, -1, ERROR_INPUT);
    assert_read_class("/dev/zero", 100, -1, ERROR_INPUT);
    assert_read_class(none, 100, -1, ERROR_PERMANENT);
    remove_tree(root);
}

Test(file, reads_empty_and_large_files)
{
    g_autofree char *root = make_root();
    g_autofree char *path = in(root, "x");
    g_autofree char *data = g_malloc(3 << 20);
    g_autoptr(Blob) empty = blob_new("t", 100, NULL), large = blob_new("t", 4 << 20, NULL);

    memset(data, 'x', 3 << 20);
    cr_assert(file_write(path, &place, NULL, 0, NULL));
    cr_assert(file_read(&(FilePath){.name = path}, 0, 0, empty, NULL));
    cr_assert_eq(blob_size(empty), 0);
    cr_assert(file_write(path, &place, data, 3 << 20, NULL));
    cr_assert(file_read(&(FilePath){.name = path}, 3 << 20, -1, large, NULL));
    cr_assert_eq(blob_size(large), 3 << 20);
    remove_tree(root);
}

/* Writers to a store cannot make us read or write elsewhere */

static void make(const char *root, const char *name, const char *text)
{
    g_autofree char *path = in(root, name), *folder = g_path_get_dirname(path);

    cr_assert_eq(g_mkdir_with_parents(folder, 0755), 0);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
}

static void link_to(const char *root, const char *name, const char *target)
{
    g_autofree char *path = in(root, name);

    cr_assert_eq(symlink(target, path), 0, "%s", name);
}

/* A store, and a folder next to it that is not part of it. */
typedef struct {
    char *all;
    char *root; /* without the final '/' */
    char *outside;
} Trap;

static void trap_init(Trap *trap)
{
    trap->all = make_root();
    trap->root = in(trap->all, "store");
    trap->outside = in(trap->all, "outside");
    make(trap->root, "real/file", "inside");
    make(trap->outside, "secret", "outside");
}

static void trap_clear(Trap *trap)
{
    remove_tree(trap->all);
    g_free(trap->all);
    g_free(trap->root);
    g_free(trap->outside);
}

/* Reads this name: "inside", "outside", or NULL and the class. Owned by the caller. */
static char *read_below(const Trap *trap, const char *name, gboolean anywhere, ErrorClass *ret_class)
{
    g_autofree char *path = in(trap->root, name);
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    g_autoptr(GError) error = NULL;
    const FilePath what = {path, anywhere ? 0 : strlen(trap->root) + 1};

    if (file_read(&what, 100, -1, blob, &error) && blob_seal(blob, &error))
        return g_strndup(blob_data(blob), blob_size(blob));
    *ret_class = error_class(error);
    return NULL;
}

Test(file, links_of_a_source_are_followed_below_it_only)
{
    static const struct {
        const char *name, *target; /* "@" is the folder outside, "#" the store */
        const char *read;
    } links[] = {
        {"near", "real/file", "inside"},
        {"a/up", "../real/file", "inside"},
        {"absolute", "#/real/file", "inside"},
        {"folder", "real", NULL},
        {"twice", "near", "inside"},
        {"out", "@/secret", "outside"},
        {"a/out", "@/secret", "outside"},
        {"relative", "../outside/secret", "outside"},
        {"by-out", "out", "outside"},
        {"passwd", "/etc/passwd", "outside"},
        {"self", "self", NULL},
        {"dangling", "nowhere", NULL},
        {"magic", "/proc/self/exe", "outside"},
        {"beside", "#-beside/file", "outside"},
    };
    Trap trap;

    trap_init(&trap);
    make(trap.all, "store-beside/file", "outside");
    make(trap.root, "a/file", "inside");
    for (guint i = 0; i < G_N_ELEMENTS(links); i++) {
        const char *const base = links[i].target[0] == '@'   ? trap.outside
                                 : links[i].target[0] == '#' ? trap.root
                                                             : NULL;
        g_autofree char *target =
            g_strconcat(base != NULL ? base : "", links[i].target + (base != NULL), NULL);
        g_autofree char *read = NULL;
        const gboolean is_inside = g_strcmp0(links[i].read, "inside") == 0;
        ErrorClass class = ERROR_INTERNAL;

        link_to(trap.root, links[i].name, target);
        read = read_below(&trap, links[i].name, FALSE, &class);
        cr_expect_str_eq(read != NULL ? read : "refused", is_inside ? "inside" : "refused", "%s",
                         links[i].name);
        cr_expect(is_inside || class == ERROR_INPUT || class == ERROR_PERMANENT, "%s: %d", links[i].name,
                  (int)class);
    }
    for (guint i = 0; i < 3; i++) {
        static const char *const out[] = {"out", "a/out", "by-out"};
        ErrorClass class;
        g_autofree char *read = read_below(&trap, out[i], TRUE, &class);

        cr_expect_str_eq(read, "outside", "%s, where links may lead anywhere", out[i]);
    }
    trap_clear(&trap);
}

Test(file, a_folder_that_is_a_link_out_of_a_source_leads_nowhere)
{
    Trap trap;
    ErrorClass class = ERROR_INTERNAL;

    trap_init(&trap);
    link_to(trap.root, "out", trap.outside);
    link_to(trap.root, "album", "real");
    cr_expect_null(read_below(&trap, "out/secret", FALSE, &class));
    cr_expect_eq(class, ERROR_INPUT);
    {
        g_autofree char *inside = read_below(&trap, "album/file", FALSE, &class);

        cr_expect_str_eq(inside, "inside");
    }
    trap_clear(&trap);
}

static gboolean write_below(const Trap *trap, const char *name, ErrorClass *ret_class)
{
    const FilePlace here = {.root_bytes = strlen(trap->root) + 1, .base_bytes = 1};
    g_autofree char *path = in(trap->root, name);
    g_autoptr(GError) error = NULL;

    if (file_write(path, &here, "made", 4, &error))
        return TRUE;
    *ret_class = error_class(error);
    return FALSE;
}

/* lchown() needs root. Without it, only links that lead down are tried, which are refused for every owner. */
Test(file, links_of_others_in_a_destination_lead_nowhere)
{
    static const char *const names[] = {"theirs/x", "real/theirs/x", "real/own/x", "real/theirs/a/b/x",
                                        "real/up/outside/x"};
    Trap trap;
    struct stat st;

    trap_init(&trap);
    for (guint i = 0; i < 3; i++) {
        static const char *const links[] = {"theirs", "real/theirs", "real/own"};
        g_autofree char *path = in(trap.root, links[i]);

        if (i == 0 && geteuid() != 0)
            continue;
        link_to(trap.root, links[i], trap.outside);
        if (i < 2 && geteuid() == 0)
            cr_assert_eq(lchown(path, 65534, 65534), 0);
    }
    link_to(trap.root, "real/up", "../..");
    for (guint i = geteuid() != 0; i < G_N_ELEMENTS(names); i++) {
        ErrorClass class = ERROR_INTERNAL;

        cr_expect_not(write_below(&trap, names[i], &class), "%s", names[i]);
        cr_expect_eq(class, ERROR_INPUT, "%s: %d", names[i], (int)class);
    }
    cr_expect_eq(count_entries(trap.outside), 1, "nothing was made there");
    {
        g_autofree char *secret = in(trap.outside, "secret"), *made = in(trap.root, "file-link");

        link_to(trap.root, "file-link", secret);
        cr_expect(write_below(&trap, "file-link", NULL));
        assert_content(secret, "outside");
        assert_content(made, "made");
        cr_expect(lstat(made, &st) == 0 && S_ISREG(st.st_mode), "a link is replaced, and not followed");
    }
    trap_clear(&trap);
}

Test(file, an_output_may_have_a_disk_of_its_own_by_a_link_of_this_users)
{
    Trap trap;
    g_autofree char *made = NULL, *below = NULL;

    trap_init(&trap);
    made = in(trap.outside, "x");
    below = in(trap.outside, "a/b/x");
    link_to(trap.root, "thumb", "../outside");
    cr_assert(write_below(&trap, "thumb/x", NULL));
    cr_assert(write_below(&trap, "thumb/a/b/x", NULL));
    assert_content(made, "made");
    assert_content(below, "made");
    trap_clear(&trap);
}

/* Another process repeatedly replaces a folder by a link to another folder. */
Test(file, what_is_exchanged_meanwhile_leads_nowhere_either, .timeout = 60)
{
    Trap trap;
    g_autofree char *folder = NULL, *aside = NULL, *link = NULL;
    pid_t pid;
    guint made = 0;

    trap_init(&trap);
    folder = in(trap.root, "real/folder");
    aside = in(trap.root, "real/aside");
    link = in(trap.root, "real/link");
    cr_assert_eq(g_mkdir(folder, 0755), 0);
    cr_assert_eq(symlink(trap.outside, link), 0);
    pid = fork();
    cr_assert_geq(pid, 0);
    while (pid == 0) {
        (void)rename(folder, aside);
        (void)rename(link, folder);
        (void)rename(folder, link);
        (void)rename(aside, folder);
    }
    for (guint i = 0; i < 2000; i++) {
        g_autofree char *name = g_strdup_printf("real/folder/%u", i);
        ErrorClass class;

        made += write_below(&trap, name, &class) ? 1 : 0;
    }
    cr_assert_eq(kill(pid, SIGKILL), 0);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_expect_gt(made, 0);
    cr_expect_eq(count_entries(trap.outside), 1, "nothing was made there");
    trap_clear(&trap);
}
