#include "daemon/protocol/roles.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/signals.h"
#include "build_paths.h"
#include "ipc/channel.h"

static const char *const role_names[] = {
    [ROLE_SUPERVISOR] = "supervisor", [ROLE_WORKER] = "worker", [ROLE_IMAGER] = "imager", [ROLE_WEB] = "web"};

static const char *const passed_variables[] = {"ASAN_OPTIONS",  "LSAN_OPTIONS", "TSAN_OPTIONS",
                                               "UBSAN_OPTIONS", "G_DEBUG",      "G_SLICE"};

const char *role_name(Role role)
{
    return role_names[role];
}

static char *own_directory(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);

    return self != NULL ? g_path_get_dirname(self) : g_strdup(THUMBMILL_LIBEXECDIR);
}

char *role_executable(Role role, GError **error)
{
    g_autofree char *own = own_directory();
    const char *directories[] = {own, THUMBMILL_LIBEXECDIR};

    for (guint i = 0; i < G_N_ELEMENTS(directories); i++) {
        g_autofree char *path = g_strdup_printf("%s/thumbmill-%s", directories[i], role_name(role));

        if (access(path, X_OK) == 0)
            return g_steal_pointer(&path);
    }
    error_set(error, ERROR_CONFIG, "thumbmill-%s is not in %s or %s", role_name(role), own,
              THUMBMILL_LIBEXECDIR);
    return NULL;
}

GStrv role_environment(void)
{
    g_autoptr(GPtrArray) env = g_ptr_array_new();

    g_ptr_array_add(env, g_strdup("LC_ALL=C.UTF-8"));
    for (guint i = 0; i < G_N_ELEMENTS(passed_variables); i++) {
        const char *value = getenv(passed_variables[i]);

        if (value != NULL)
            g_ptr_array_add(env, g_strdup_printf("%s=%s", passed_variables[i], value));
    }
    g_ptr_array_add(env, NULL);
    return (GStrv)g_ptr_array_steal(env, NULL);
}

void role_expect_parent(Role role)
{
    int type;
    socklen_t size = sizeof type;

    signals_ignore_broken_pipes(); /* a server, or the reader of the shared standard error, may exit */

    if (getsockopt(CHANNEL_CHILD_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET)
        return;
    g_printerr("thumbmill-%s is started by thumbmill, not by hand: see thumbmill --help\n", role_name(role));
    exit(2);
}
