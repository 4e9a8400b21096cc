#include "daemon/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#define BAR_WIDTH       24u
#define DEFAULT_COLUMNS 80u

struct ProgressBar {
    gint64 start_us;
    gboolean shown;
};

ProgressBar *progress_bar_new(void)
{
    ProgressBar *bar = g_new0(ProgressBar, 1);

    bar->start_us = clock_now_us();
    return bar;
}

static void append_bar(GString *text, guint64 finished, guint64 total)
{
    guint filled = total > 0 ? (guint)(finished * BAR_WIDTH / total) : 0;

    g_string_append_c(text, '[');
    for (guint i = 0; i < BAR_WIDTH; i++)
        g_string_append_c(text, i < filled ? '#' : '.');
    g_string_append(text, "] ");
}

static void append_eta(GString *text, guint64 left, double per_second)
{
    guint64 seconds = (guint64)((double)left / per_second + 0.5);

    if (seconds >= 3600)
        g_string_append_printf(text, "  ETA %" G_GUINT64_FORMAT ":%02u:%02u", seconds / 3600,
                               (guint)(seconds / 60 % 60), (guint)(seconds % 60));
    else
        g_string_append_printf(text, "  ETA %u:%02u", (guint)(seconds / 60), (guint)(seconds % 60));
}

char *progress_bar_text(const Progress *progress, gint64 elapsed_us, guint columns)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint64 worked = progress->done + progress->failed;
    guint64 finished = worked + progress->skipped;
    double per_second = elapsed_us > 0 ? (double)worked * (double)CLOCK_US_PER_S / (double)elapsed_us : 0;

    if (progress->all_listed)
        append_bar(text, MIN(finished, progress->listed), progress->listed);
    g_string_append_printf(text, "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "%s objects", finished,
                           progress->listed, progress->all_listed ? "" : "+");
    if (worked > 0)
        g_string_append_printf(text, "  %.1f/s", per_second);
    if (worked > 0 && progress->all_listed && finished < progress->listed)
        append_eta(text, progress->listed - finished, per_second);
    if (progress->failed > 0)
        g_string_append_printf(text, "  %" G_GUINT64_FORMAT " failed", progress->failed);
    if (text->len > columns)
        g_string_truncate(text, columns);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static guint terminal_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return DEFAULT_COLUMNS;
    return size.ws_col;
}

void progress_bar_update(ProgressBar *bar, const Progress *progress)
{
    g_autofree char *text =
        progress_bar_text(progress, clock_now_us() - bar->start_us, terminal_columns() - 1);
    g_autofree char *line = g_strdup_printf("\r%s\033[K", text);

    (void)fd_write_all(STDERR_FILENO, line, strlen(line));
    bar->shown = TRUE;
}

void progress_bar_hide(ProgressBar *bar)
{
    if (bar == NULL || !bar->shown)
        return;
    (void)fd_write_all(STDERR_FILENO, "\r\033[K", strlen("\r\033[K"));
    bar->shown = FALSE;
}

void progress_bar_free(ProgressBar *bar)
{
    progress_bar_hide(bar);
    g_free(bar);
}
