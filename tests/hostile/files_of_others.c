#include "files_of_others.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char *make_file(const Machine *machine, const char *folder, const char *name, int mode)
{
    g_autofree char *directory = g_build_filename(machine->folder, folder, NULL);
    char *path = g_build_filename(directory, name, NULL);

    cr_assert_eq(g_mkdir_with_parents(directory, 0755), 0);
    cr_assert(g_file_set_contents(path, "SECRET", -1, NULL));
    cr_assert_eq(g_chmod(path, mode), 0);
    return path;
}

/* Creates a link, as a user can do who may put files into the source. */
static void make_link(const Machine *machine)
{
    g_autofree char *target = g_path_get_dirname(machine->aws);
    g_autofree char *link = g_build_filename(machine->source, "link", NULL);

    cr_assert_eq(symlink(target, link), 0);
}

static char *copy_true(const Machine *machine)
{
    g_autofree char *data = NULL;
    char *path = make_file(machine, "bin", "imager", 0755);
    gsize length;

    cr_assert(g_file_get_contents("/bin/true", &data, &length, NULL));
    cr_assert(g_file_set_contents(path, data, (gssize)length, NULL));
    cr_assert_eq(g_chmod(path, 0755), 0);
    return path;
}

/* Listens on a socket like a daemon's control socket. */
static void listen_for_control(Machine *machine)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    machine->control = g_build_filename(machine->folder, "control", NULL);
    cr_assert_lt(strlen(machine->control), sizeof address.sun_path);
    (void)g_strlcpy(address.sun_path, machine->control, sizeof address.sun_path);
    machine->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(machine->listener, (const struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(machine->listener, 5), 0);
}

void machine_init(Machine *machine)
{
    g_autofree char *old = NULL;

    machine->folder = g_dir_make_tmp("thumbmill-hostile-XXXXXX", NULL);
    cr_assert_not_null(machine->folder);
    machine->key_file = make_file(machine, "keys", "s3.key", 0400);
    machine->aws = make_file(machine, "home/.aws", "credentials", 0600);
    machine->secrets = make_file(machine, "run/credentials", "s3", 0400);
    machine->ca_file = make_file(machine, "pki", "ca.pem", 0644);
    machine->source = make_file(machine, "source", "a.jpg", 0644);
    old = make_file(machine, "destination", "old", 0644);
    *strrchr(machine->source, '/') = '\0';
    make_link(machine);
    machine->destination = g_path_get_dirname(old);
    machine->program = copy_true(machine);
    listen_for_control(machine);
    machine->supervisor = fork();
    cr_assert_geq(machine->supervisor, 0);
    if (machine->supervisor == 0) {
        alarm(120);
        for (;;)
            (void)pause();
    }
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        struct stat st;

        if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
            remove_tree(child);
        else
            (void)g_unlink(child);
    }
    (void)g_rmdir(path);
}

void machine_clear(Machine *machine)
{
    int status = -1;

    /* it must still be running */
    cr_expect_eq(waitpid(machine->supervisor, &status, WNOHANG), 0, "the supervisor was ended");
    (void)kill(machine->supervisor, SIGKILL);
    (void)waitpid(machine->supervisor, &status, 0);
    close(machine->listener);
    remove_tree(machine->folder);
    g_free(machine->folder);
    g_free(machine->key_file);
    g_free(machine->aws);
    g_free(machine->secrets);
    g_free(machine->source);
    g_free(machine->destination);
    g_free(machine->ca_file);
    g_free(machine->control);
    g_free(machine->program);
}
