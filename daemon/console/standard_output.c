#include "daemon/console/standard_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/quote.h"

/* errno of the first failed write; 0 if none failed. */
static int failure;

static void note_failure(gboolean written)
{
    if (!written && failure == 0)
        failure = errno;
}

/* Prints text with its control characters escaped, whatever its origin: a terminal would act on them. GLib's
 * own handler would convert the text to the locale's character set: in the C locale, which cron uses, each
 * non-ASCII letter of a key would become a question mark. */
static void print_quoted(const char *text)
{
    g_autofree char *quoted = quote_screen(text);

    if (*quoted != '\0')
        note_failure(fputs(quoted, stdout) >= 0);
}

static void print_error_quoted(const char *text)
{
    g_autofree char *quoted = quote_screen(text);

    (void)fputs(quoted, stderr);
}

void standard_output_begin(void)
{
    static const int modes[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", modes[fd]); /* the result is fd, the lowest free descriptor */
    g_set_print_handler(print_quoted);
    g_set_printerr_handler(print_error_quoted);
}

ExitCode standard_output_end(ExitCode code)
{
    note_failure(fflush(stdout) == 0);
    /* some file systems report only on close that there was no room; dup() keeps descriptor 1 open */
    if (failure == 0) {
        const int copy = dup(STDOUT_FILENO);

        note_failure(copy < 0 || close(copy) == 0);
    }
    if (failure == 0)
        return code;
    if (failure != EPIPE)
        g_printerr("%s: standard output: %s\n", g_get_prgname(), g_strerror(failure));
    return code == EXIT_CODE_DONE ? EXIT_CODE_FAILED : code;
}
