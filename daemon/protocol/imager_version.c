#include "daemon/protocol/imager_version.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "concurrent/process.h"
#include "daemon/protocol/roles.h"

/* An imager loads a hundred libraries, on a busy machine from a cold disk. */
#define PATIENCE_US (10 * CLOCK_US_PER_S)

/* A version is a few words. */
#define MAX_VERSION_BYTES 64

/* Reads until end of file. FALSE if there are more than max_bytes, or no end of file before the deadline. */
static gboolean read_to_end(int fd, gsize max_bytes, gint64 deadline_us, GString *text)
{
    char bytes[1024];

    for (;;) {
        const gint64 left_us = deadline_us - clock_now_us();
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        gssize n;

        if (left_us <= 0 || text->len > max_bytes)
            return FALSE;
        if (poll(&readable, 1, (int)(left_us / CLOCK_US_PER_MS) + 1) <= 0)
            continue;
        n = read(fd, bytes, sizeof bytes);
        if (n == 0)
            return text->len <= max_bytes;
        if (n > 0)
            g_string_append_len(text, bytes, n);
        else if (errno != EAGAIN && errno != EINTR)
            return FALSE;
    }
}

char *imager_ask_text(const char *argument, gsize max_bytes)
{
    const char *const args[] = {argument, NULL};
    const gint64 deadline_us = clock_now_us() + PATIENCE_US;
    g_autofree char *executable = role_executable(ROLE_IMAGER, NULL);
    g_auto(GStrv) env = role_environment();
    g_autoptr(Process) imager = process_new(&(ProcessOptions){.name = role_name(ROLE_IMAGER),
                                                              .executable = executable,
                                                              .args = args,
                                                              .env = (const char *const *)env,
                                                              .daemon = TRUE,
                                                              .stdio = PROCESS_STDIO_PIPES});
    g_autoptr(GString) text = g_string_new(NULL);
    autofd int output = -1;
    int status = -1;

    if (executable == NULL || !process_start(imager, NULL))
        return NULL;
    output = process_steal_output(imager, STDOUT_FILENO);
    if (!read_to_end(output, max_bytes, deadline_us, text) ||
        !process_join(imager, MAX(0, deadline_us - clock_now_us())) || !process_exitcode(imager, &status) ||
        status != 0)
        return NULL;
    return g_utf8_make_valid(text->str, (gssize)text->len);
}

char *imager_version_ask(void)
{
    g_autofree char *words = imager_ask_text(ENGINE_VERSION_ARGUMENT, MAX_VERSION_BYTES);

    if (words == NULL)
        return g_strdup("thumbmill " THUMBMILL_VERSION);
    return g_strdup_printf("thumbmill " THUMBMILL_VERSION ", %s", g_strchomp(words));
}
