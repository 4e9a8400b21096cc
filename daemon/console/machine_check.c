#include "daemon/console/machine_check.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Size limit of a CA file: all CAs that a system trusts take some 200 kB. */
#define MAX_CA_BYTES ((gsize)16 << 20)

G_GNUC_PRINTF(2, 3) static void add(GPtrArray *problems, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(problems, g_strdup_vprintf(format, args));
    va_end(args);
}

/* TRUE if path is a regular file. */
static gboolean check_file(GPtrArray *problems, const char *key, const char *path, struct stat *ret_stat)
{
    if (stat(path, ret_stat) != 0) {
        add(problems, "%s: %s: %s", key, path, g_strerror(errno));
        return FALSE;
    }
    if (!S_ISREG(ret_stat->st_mode)) {
        add(problems, "%s: %s: not a regular file", key, path);
        return FALSE;
    }
    return TRUE;
}

/* Checks for what libcurl and OpenSSL require: certificates as PEM. */
static void check_ca_file(GPtrArray *problems, const char *key, const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    struct stat info;

    if (path == NULL || !check_file(problems, key, path, &info))
        return;
    if ((gsize)info.st_size > MAX_CA_BYTES)
        add(problems, "%s: %s: %" G_GINT64_FORMAT " bytes, too large for a file of certificates", key, path,
            (gint64)info.st_size);
    else if (!g_file_get_contents(path, &text, NULL, &error))
        add(problems, "%s: %s", key, error->message);
    else if (strstr(text, "-----BEGIN CERTIFICATE-----") == NULL &&
             strstr(text, "-----BEGIN TRUSTED CERTIFICATE-----") == NULL)
        add(problems, "%s: %s: contains no certificate (expected PEM)", key, path);
}

static void check_group(GPtrArray *problems, const char *group)
{
    /* cppcheck-suppress getgrnamCalled ; this process has one thread */
    if (group != NULL && getgrnam(group) == NULL)
        add(problems, "control.group: there is no group '%s'", group);
}

/* Checks the folder of the socket. A missing folder is no problem, as the service manager may create it when
 * the daemon starts; but its nearest existing parent must be a directory. */
static void check_socket_folder(GPtrArray *problems, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    struct stat info;

    while (stat(folder, &info) != 0) {
        char *above;

        if (errno != ENOENT) {
            add(problems, "control.socket: %s: %s", folder, g_strerror(errno));
            return;
        }
        above = g_path_get_dirname(folder);
        g_free(folder);
        folder = above;
    }
    if (!S_ISDIR(info.st_mode))
        add(problems, "control.socket: %s: not a directory", folder);
}

static void check_socket(GPtrArray *problems, const char *path)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;

    if (path == NULL)
        return;
    if (strlen(path) >= sizeof address.sun_path)
        add(problems, "control.socket: %s: longer than the %zu bytes of a socket address", path,
            sizeof address.sun_path - 1);
    else if (lstat(path, &info) == 0 && !S_ISSOCK(info.st_mode))
        add(problems, "control.socket: %s: exists and is not a socket", path);
    else
        check_socket_folder(problems, path);
}

static void check_credentials(GPtrArray *problems, const char *key, const char *path)
{
    struct stat info;

    if (path != NULL)
        (void)check_file(problems, key, path, &info);
}

static void check_s3(GPtrArray *problems, const char *section, const S3Config *s3)
{
    g_autofree char *ca_file = g_strconcat(section, ".ca_file", NULL);
    g_autofree char *credentials_file = g_strconcat(section, ".credentials_file", NULL);

    check_ca_file(problems, ca_file, s3->ca_file);
    check_credentials(problems, credentials_file, s3->credentials_file);
}

GPtrArray *machine_check(const Config *config)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
    const S3Config *source = &config->source.s3, *destination = &config->destination.s3;
    const gboolean is_shared = g_strcmp0(source->ca_file, destination->ca_file) == 0 &&
                               g_strcmp0(source->credentials_file, destination->credentials_file) == 0;

    check_s3(problems, is_shared ? "s3" : "source.s3", source);
    if (!is_shared)
        check_s3(problems, "destination.s3", destination);
    check_group(problems, config->control.group);
    check_socket(problems, config->control.socket);
    return problems;
}
