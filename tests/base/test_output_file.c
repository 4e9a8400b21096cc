#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/output_file.h"

static char *folder;

/* The path of a file in the folder. Owned until the end of the test. */
static char *at(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void setup(void)
{
    folder = g_dir_make_tmp("thumbmill-output-XXXXXX", NULL);
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *full = g_build_filename(path, name, NULL);

        if (g_file_test(full, G_FILE_TEST_IS_DIR) && !g_file_test(full, G_FILE_TEST_IS_SYMLINK))
            remove_all(full);
        else
            g_unlink(full);
    }
    g_rmdir(path);
}

static void teardown(void)
{
    remove_all(folder);
    g_free(folder);
}

TestSuite(output_file, .init = setup, .fini = teardown);

static guint count_entries(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

static void write_text(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;

    cr_assert(output_file_check(path, &error), "%s", error != NULL ? error->message : "");
    cr_assert(output_file_write(path, text, strlen(text), &error), "%s", error != NULL ? error->message : "");
}

static void check_content(const char *path, const char *expected)
{
    g_autofree char *text = NULL;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    cr_assert_str_eq(text, expected);
}

/* The inode of path itself, even if it is a link. */
static ino_t inode_of(const char *path)
{
    struct stat info;

    cr_assert_eq(lstat(path, &info), 0, "%s", path);
    return info.st_ino;
}

static gboolean is_link(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

Test(output_file, a_file_is_made_and_then_replaced_in_one_step)
{
    g_autofree char *path = at("report.json");
    autofd int reader = -1;
    char old[16] = "";
    struct stat info;

    umask(027);
    write_text(path, "first");
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0640);
    reader = open(path, O_RDONLY | O_CLOEXEC);
    write_text(path, "second");
    check_content(path, "second");
    cr_assert_eq(read(reader, old, sizeof old), 5, "who reads the former one reads all of it");
    cr_assert_str_eq(old, "first");
    cr_assert_eq(count_entries(folder), 1, "nothing temporary is left");
}

Test(output_file, a_file_keeps_its_mode_and_owner)
{
    g_autofree char *path = at("report.json");
    struct stat info;
    const gboolean is_root = geteuid() == 0;

    cr_assert(g_file_set_contents(path, "x", 1, NULL));
    cr_assert_eq(chmod(path, 0604), 0);
    if (is_root)
        cr_assert_eq(chown(path, 4711, 4712), 0);
    write_text(path, "new");
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0604);
    cr_assert_eq(info.st_uid, is_root ? 4711 : geteuid());
}

Test(output_file, a_link_stays_and_its_target_is_replaced)
{
    static const char *const targets[] = {"real.json", "sub/real.json", "second"};
    g_autofree char *sub = at("sub");
    g_autofree char *second = at("second");

    cr_assert_eq(g_mkdir(sub, 0700), 0);
    cr_assert_eq(symlink("sub/other.json", second), 0);
    for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *link = at("link.json");
        g_autofree char *absolute = at(targets[i]);

        for (int is_absolute = 0; is_absolute < 2; is_absolute++) {
            ino_t before;

            cr_assert_eq(symlink(is_absolute ? absolute : targets[i], link), 0);
            write_text(link, "first"); /* the first time through a link whose target does not exist */
            before = inode_of(link);
            write_text(link, "second");
            cr_assert(is_link(link));
            cr_assert_eq(inode_of(link), before);
            check_content(absolute, "second");
            cr_assert_eq(unlink(link), 0);
        }
    }
    cr_assert(is_link(second), "the link in the middle");
    cr_assert_eq(count_entries(sub), 2, "nothing temporary is left");
}

Test(output_file, a_link_into_another_folder_gets_its_temporary_file_there)
{
    g_autofree char *elsewhere = g_dir_make_tmp("thumbmill-else-XXXXXX", NULL);
    g_autofree char *real = g_build_filename(elsewhere, "real", NULL);
    g_autofree char *link = at("link");

    cr_assert(g_file_set_contents(real, "old", -1, NULL));
    cr_assert_eq(symlink(real, link), 0);
    cr_assert_eq(chmod(folder, 0500), 0);
    write_text(link, "new");
    check_content(real, "new");
    cr_assert_eq(count_entries(elsewhere), 1);
    cr_assert_eq(chmod(folder, 0700), 0);
    remove_all(elsewhere);
}

Test(output_file, links_in_a_circle_are_an_error)
{
    g_autofree char *a = at("a");
    g_autofree char *b = at("b");
    g_autoptr(GError) error = NULL;

    cr_assert_eq(symlink("b", a), 0);
    cr_assert_eq(symlink("a", b), 0);
    cr_assert_not(output_file_check(a, NULL));
    cr_assert_not(output_file_write(a, "x", 1, &error));
    cr_assert_not_null(strstr(error->message, a), "%s", error->message);
    cr_assert_eq(count_entries(folder), 2);
}

Test(output_file, a_fifo_is_written_into)
{
    g_autofree char *fifo = at("fifo");
    g_autofree char *link = at("link");
    autofd int reader = -1;
    char text[64] = "";

    cr_assert_eq(mkfifo(fifo, 0600), 0);
    cr_assert_eq(symlink("fifo", link), 0);
    reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    write_text(fifo, "direct, ");
    write_text(link, "by a link");
    cr_assert_eq(read(reader, text, sizeof text), 17);
    cr_assert_str_eq(text, "direct, by a link");
    cr_assert(is_link(link));
}

/* More than a pipe holds. */
Test(output_file, a_slow_reader_of_a_fifo_gets_all_of_it)
{
    const gsize size = 300000;
    g_autofree char *fifo = at("fifo");
    g_autofree char *data = g_malloc0(size);
    autofd int reader = -1;
    pid_t child;
    int status;

    cr_assert_eq(mkfifo(fifo, 0600), 0);
    reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    child = fork();
    if (child == 0)
        _exit(output_file_write(fifo, data, size, NULL) ? 0 : 1);
    cr_assert_eq(fcntl(reader, F_SETFL, 0), 0);
    for (gsize n = 0; n < size;) {
        char part[7000];
        const gssize got = read(reader, part, sizeof part);

        if (got == 0) /* the writer has not opened it yet */
            g_usleep(1000);
        cr_assert_geq(got, 0);
        n += (gsize)got;
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

Test(output_file, a_fifo_without_a_reader_is_an_error_and_does_not_hang, .timeout = 20)
{
    g_autofree char *fifo = at("fifo");
    g_autoptr(GError) error = NULL;

    cr_assert_eq(mkfifo(fifo, 0600), 0);
    cr_assert(output_file_check(fifo, NULL), "a reader may come until the end of the run");
    cr_assert_not(output_file_write(fifo, "x", 1, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert_not_null(strstr(error->message, "no process reads from this FIFO"), "%s", error->message);
}

Test(output_file, a_device_is_written_into)
{
    g_autoptr(GError) error = NULL;
    struct stat info;

    write_text("/dev/null", "x");
    cr_assert(stat("/dev/null", &info) == 0 && S_ISCHR(info.st_mode));
    cr_assert_not(output_file_write("/dev/full", "x", 1, &error));
    cr_assert_not_null(strstr(error->message, "/dev/full: "), "%s", error->message);
    cr_assert_not_null(strstr(error->message, g_strerror(ENOSPC)), "%s", error->message);
}

/* Writes to path in a child that has this descriptor as its standard output. */
static void write_as_child(int out, const char *path)
{
    int status;
    const pid_t child = fork();

    if (child == 0) {
        if (dup2(out, STDOUT_FILENO) < 0 || !output_file_check(path, NULL) || !output_file_is_stdout(path))
            _exit(2);
        _exit(output_file_write(path, "text", 4, NULL) ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0, "%s", path);
}

static const char *const stdout_names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "own-link"};

/* For root, /dev/stdout itself was replaced by a file, for all processes of the machine. */
Test(output_file, standard_output_by_any_name_is_that_descriptor)
{
    g_autofree char *link = at("own-link");
    const gboolean was_link = is_link("/dev/stdout");

    cr_assert_eq(symlink("/dev/stdout", link), 0);
    cr_assert(was_link, "as on every Linux system");
    for (guint i = 0; i < G_N_ELEMENTS(stdout_names); i++) {
        const char *name = stdout_names[i][0] == 'o' ? link : stdout_names[i];
        g_autofree char *file = at("out");
        char text[16] = "";
        int pipe_ends[2], pair[2];

        cr_assert_eq(pipe(pipe_ends), 0);
        write_as_child(pipe_ends[1], name);
        cr_assert_eq(read(pipe_ends[0], text, sizeof text), 4);
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        write_as_child(pair[1], name);
        cr_assert_eq(read(pair[0], text, sizeof text), 4);
        {
            autofd int out = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
            const ino_t before = inode_of(file);

            cr_assert(fd_write_all(out, "before, ", 8));
            write_as_child(out, name);
            cr_assert(fd_write_all(out, ", after", 7));
            check_content(file, "before, text, after");
            cr_assert_eq(inode_of(file), before, "what the shell has opened is not replaced");
            cr_assert_eq(unlink(file), 0);
            write_as_child(out, name); /* "out (deleted)" is not used as a name */
            cr_assert_eq(count_entries(folder), 1);
        }
        for (int end = 0; end < 2; end++) {
            close(pipe_ends[end]);
            close(pair[end]);
        }
    }
    cr_assert(is_link("/dev/stdout"));
}

Test(output_file, a_file_that_cannot_be_replaced_is_written_in_place)
{
    g_autofree char *sub = at("sub");
    g_autofree char *file = at("sub/file");
    g_autofree char *mounted = at("mounted");
    ino_t before;

    cr_assert_eq(g_mkdir(sub, 0700), 0);
    cr_assert(g_file_set_contents(file, "much longer than the new one", -1, NULL));
    before = inode_of(file);
    if (geteuid() != 0) {
        cr_assert_eq(chmod(sub, 0500), 0);
    } else { /* root may write into each folder: rename() onto a mount point fails for root too */
        cr_assert(g_file_set_contents(mounted, "longer than the new one", -1, NULL));
        if (mount(file, mounted, NULL, MS_BIND, NULL) != 0)
            cr_skip_test("no right to mount");
        g_free(g_steal_pointer(&file));
        file = g_strdup(mounted);
    }
    write_text(file, "short");
    check_content(file, "short");
    cr_assert_eq(inode_of(file), before);
    (void)umount(mounted);
    (void)chmod(sub, 0700);
}

Test(output_file, what_cannot_be_written_is_said_before_the_work)
{
    static const char *const paths[] = {"/no/such/folder/report.json", "/", "/tmp",
                                        "/proc/self/report.json",      "",  "/dev/null/x"};

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        const gboolean is_fine = output_file_check(paths[i], &error);

        /* access() reports that root may write into /proc's folders; the kernel cannot create files there */
        cr_assert(!is_fine || g_str_has_prefix(paths[i], "/proc/"), "%s", paths[i]);
        cr_assert(is_fine || error_class(error) == ERROR_CONFIG);
        cr_assert(is_fine || strstr(error->message, paths[i]) != NULL, "%s", error->message);
        cr_assert_not(output_file_write(paths[i], "x", 1, NULL), "%s", paths[i]);
    }
}
