#include "daemon/session/progress_bar.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json_format.h"
#include "daemon/session/progress_json.h"

#define BAR_WIDTH       24u
#define DEFAULT_COLUMNS 80u

/* How often a line for programs is written. */
#define LINE_INTERVAL_US CLOCK_US_PER_S

struct ProgressBar {
    ProgressForm form;
    gint64 begun_us, written_us;
    Speed speed;
    gboolean shown;
};

ProgressBar *progress_bar_new(ProgressForm form)
{
    ProgressBar *bar = g_new0(ProgressBar, 1);

    bar->form = form;
    bar->begun_us = clock_now_us();
    speed_init(&bar->speed, bar->begun_us);
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

static void append_eta(GString *text, double seconds_left, gboolean is_guess)
{
    const guint64 seconds = (guint64)(seconds_left + 0.5);

    g_string_append_printf(text, "  ETA %s", is_guess ? "~" : "");
    if (seconds >= 3600)
        g_string_append_printf(text, "%" G_GUINT64_FORMAT ":%02u:%02u", seconds / 3600,
                               (guint)(seconds / 60 % 60), (guint)(seconds % 60));
    else
        g_string_append_printf(text, "%u:%02u", (guint)(seconds / 60), (guint)(seconds % 60));
}

static void append_counts(GString *text, guint64 finished, const Progress *progress)
{
    const gboolean is_guess = !progress->all_listed && progress->total > 0;

    if (progress->all_listed || is_guess)
        append_bar(text, MIN(finished, progress->total), progress->total);
    g_string_append_printf(text, "%" G_GUINT64_FORMAT "/%s%" G_GUINT64_FORMAT "%s objects", finished,
                           is_guess ? "~" : "", is_guess ? progress->total : progress->listed,
                           progress->all_listed || is_guess ? "" : "+");
}

static void append_wait(GString *text, const Progress *progress)
{
    g_autofree char *since = clock_format_local(progress->waits_since_s * CLOCK_US_PER_S);

    if (progress_waits_for(progress) != NULL)
        g_string_append_printf(text, "  waiting for the %s since %s", progress_waits_for(progress), since);
}

char *progress_bar_text(const Progress *progress, const Forecast *forecast, guint columns)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint64 worked = progress->done + progress->failed;

    append_counts(text, worked + progress->skipped, progress);
    if (worked > 0)
        g_string_append_printf(text, "  %.1f/s", forecast->per_second);
    if (forecast->seconds_left >= 0)
        append_eta(text, forecast->seconds_left, !progress->all_listed);
    if (progress->failed > 0)
        g_string_append_printf(text, "  %" G_GUINT64_FORMAT " failed", progress->failed);
    append_wait(text, progress);
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

/* Whether all objects have been settled, as far as can be told here. */
static gboolean is_complete(const Progress *progress)
{
    return progress->all_listed && progress->in_flight == 0 &&
           progress->done + progress->skipped + progress->failed >= progress->listed;
}

static void write_line(ProgressBar *bar, const Progress *progress)
{
    const gint64 now_us = clock_now_us();
    const Forecast forecast = speed_forecast(&bar->speed, progress);
    g_autofree char *time = clock_format_iso(clock_wall_us()), *line = NULL;
    json_t *object, *fields;
    char *dump;

    if (now_us - bar->written_us < LINE_INTERVAL_US && !is_complete(progress))
        return;
    bar->written_us = now_us;
    object = json_pack("{s:s, s:i, s:s}", "time", time, "format", JSON_FORMAT, "event", "progress");
    fields = progress_to_json(progress, &forecast, now_us - bar->begun_us);
    json_object_update(object, fields);
    json_decref(fields);
    dump = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(object);
    line = g_strconcat(dump, "\n", NULL);
    free(dump);
    (void)fd_write_all(STDERR_FILENO, line, strlen(line));
}

static void draw(ProgressBar *bar, const Progress *progress)
{
    g_autofree char *text = NULL, *line = NULL;
    const Forecast forecast = speed_forecast(&bar->speed, progress);

    text = progress_bar_text(progress, &forecast, terminal_columns() - 1);
    line = g_strdup_printf("\r%s\033[K", text);
    (void)fd_write_all(STDERR_FILENO, line, strlen(line));
    bar->shown = TRUE;
}

void progress_bar_update(ProgressBar *bar, const Progress *progress)
{
    speed_add(&bar->speed, progress, clock_now_us());
    if (bar->form == PROGRESS_JSON)
        write_line(bar, progress);
    else
        draw(bar, progress);
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
