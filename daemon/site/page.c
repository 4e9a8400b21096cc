#include "daemon/site/page.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/messages.h"
#include "daemon/site/page_text.h"
#include "schedule/timetable.h"

/* In the chart's own coordinates. */
#define CHART_WIDTH  300.0
#define CHART_HEIGHT 60.0

#define MAX_WORKERS  256u

/* The only way to put text on the page: the arguments for %s are escaped, for elements and for attributes in
 * double quotes. */
G_GNUC_PRINTF(2, 3) static void put(GString *page, const char *format, ...)
{
    g_autofree char *html = NULL;
    va_list args;

    va_start(args, format);
    html = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(page, html);
}

static char *duration_text(double seconds)
{
    const guint64 whole = seconds > 0 ? (guint64)(seconds + 0.5) : 0;

    if (seconds < 10)
        return g_strdup_printf("%.1f s", MAX(seconds, 0));
    if (whole < 120)
        return g_strdup_printf("%" G_GUINT64_FORMAT " s", whole);
    if (whole < 7200)
        return g_strdup_printf("%" G_GUINT64_FORMAT " min %02u s", whole / 60, (guint)(whole % 60));
    return g_strdup_printf("%" G_GUINT64_FORMAT " h %02u min", whole / 3600, (guint)(whole / 60 % 60));
}

/* "2026-11-23 20:28:01", local time; the page says once which zone that is. */
static char *time_text(gint64 wall_us)
{
    char *text = clock_format_local(wall_us);

    text[strlen("2026-11-23")] = ' ';
    text[strlen("2026-11-23 20:28:01")] = '\0';
    return text;
}

static const char *class_of_phase(ServicePhase phase)
{
    switch (phase) {
    case SERVICE_IDLE:
    case SERVICE_PASS: return "good";
    case SERVICE_DEGRADED: return "bad";
    default: return "mark";
    }
}

static void put_fact(GString *page, const char *name, const char *value)
{
    put(page, "<div><dt>%s</dt><dd>%s</dd></div>", name, value);
}

static void put_number(GString *page, const char *name, guint64 number)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);

    put_fact(page, name, text);
}

/* The pass */

static void put_bar(GString *page, const Progress *progress)
{
    const guint64 finished = progress->done + progress->skipped + progress->failed;

    if (progress->total > 0)
        put(page,
            "<progress max=\"%" G_GUINT64_FORMAT "\" value=\"%" G_GUINT64_FORMAT "\" aria-label=\"objects\">"
            "</progress>",
            progress->total, MIN(finished, progress->total));
    else
        put(page, "<progress aria-label=\"objects\"></progress>");
}

static void put_forecast(GString *page, const ServiceStatus *status)
{
    g_autofree char *rate = g_strdup_printf("%.1f objects/s", status->forecast.per_second);
    g_autofree char *left = duration_text(status->forecast.seconds_left);
    g_autofree char *guess = g_strdup_printf(status->progress.all_listed ? "%s" : "about %s (a guess)", left);
    g_autofree char *elapsed = duration_text((double)status->pass_elapsed_us / (double)CLOCK_US_PER_S);

    put_fact(page, "running for", elapsed);
    put_fact(page, "rate", rate);
    put_fact(page, "time left", status->forecast.seconds_left >= 0 ? guess : "not known");
}

static void put_pass(GString *page, const ServiceStatus *status)
{
    const Progress *progress = &status->progress;
    const char *waits_for = progress_waits_for(progress);

    put(page, "<section><h2>Pass</h2>");
    put_bar(page, progress);
    if (waits_for != NULL)
        put(page, "<p class=\"mark\">waits for the %s, which is unavailable or full</p>", waits_for);
    put(page, "<dl>");
    put_forecast(page, status);
    put_number(page, progress->all_listed ? "objects" : "objects listed so far", progress->listed);
    put_number(page, "done", progress->done);
    put_number(page, "up to date", progress->skipped);
    put_number(page, "failed", progress->failed);
    put_number(page, "outputs made", progress->made);
    put_number(page, "in flight", progress->in_flight);
    put(page, "</dl></section>");
}

/* The last passes */

static const char *class_of_exit(gint32 code)
{
    return code == EXIT_CODE_DONE ? "done" : code == EXIT_CODE_FAILED ? "failed" : "stopped";
}

static void put_chart(GString *page, const PageView *view)
{
    const double step = CHART_WIDTH / PAGE_MAX_PASSES;
    g_autofree char *longest_text = NULL;
    double longest = 0;

    for (guint i = 0; i < view->n_passes; i++)
        longest = MAX(longest, view->passes[i].seconds);
    put(page, "<figure><svg viewBox=\"0 0 300 60\" preserveAspectRatio=\"none\" role=\"img\" "
              "aria-label=\"durations of the last passes\">");
    for (guint i = 0; i < view->n_passes; i++) {
        const PassResult *pass = &view->passes[i];
        const double height = longest > 0 ? MAX(CHART_HEIGHT * pass->seconds / longest, 1) : 1;
        const double x = CHART_WIDTH - step * (view->n_passes - i);
        g_autofree char *text = duration_text(pass->seconds);
        g_autofree char *ended = time_text(pass->ended_us);
        char places[3][G_ASCII_DTOSTR_BUF_SIZE];

        put(page,
            "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"8\" height=\"%s\"><title>%s: %s, %s</title></rect>",
            class_of_exit(pass->exit), g_ascii_formatd(places[0], sizeof places[0], "%.2f", x),
            g_ascii_formatd(places[1], sizeof places[1], "%.2f", CHART_HEIGHT - height),
            g_ascii_formatd(places[2], sizeof places[2], "%.2f", height), ended, text,
            pass_result_text(pass));
    }
    longest_text = duration_text(longest);
    put(page,
        "</svg><figcaption>durations of the last passes (%u); the longest took %s</figcaption></figure>",
        view->n_passes, longest_text);
}

static void put_passes(GString *page, const PageView *view)
{
    const PassResult *last = view->n_passes > 0 ? &view->passes[view->n_passes - 1] : NULL;

    put(page, "<section><h2>Last passes</h2>");
    if (last == NULL) {
        put(page, "<p class=\"soft\">None has ended since the daemon was started.</p></section>");
        return;
    }
    put_chart(page, view);
    {
        g_autofree char *ended = time_text(last->ended_us);
        g_autofree char *seconds = duration_text(last->seconds);

        put(page, "<p class=\"%s\">%s</p><dl>", last->exit == EXIT_CODE_DONE ? "good" : "mark",
            pass_result_text(last));
        put_fact(page, "ended", ended);
        put_fact(page, "took", seconds);
    }
    put_number(page, "done", last->done);
    put_number(page, "up to date", last->up_to_date);
    put_number(page, "failed", last->failed);
    put_number(page, "not tried after failures", last->left_alone);
    put_number(page, "outputs made", last->made);
    put(page, "</dl></section>");
}

/* Workers */

static void put_worker(GString *page, GVariant *worker)
{
    const char *state = "", *task = "";
    guint32 slot = 0, held = 0, done = 0;
    guint64 memory_bytes = 0;
    double seconds = 0;
    g_autofree char *time = NULL, *memory = NULL;

    (void)g_variant_lookup(worker, "slot", "u", &slot);
    (void)g_variant_lookup(worker, "state", "&s", &state);
    (void)g_variant_lookup(worker, "task", "&s", &task);
    (void)g_variant_lookup(worker, "seconds", "d", &seconds);
    (void)g_variant_lookup(worker, "tasks_held", "u", &held);
    (void)g_variant_lookup(worker, "tasks_done", "u", &done);
    (void)g_variant_lookup(worker, "memory_bytes", "t", &memory_bytes);
    time = task[0] != '\0' ? duration_text(seconds) : g_strdup("");
    memory = g_strdup_printf("%" G_GUINT64_FORMAT " MB", memory_bytes / 1000000);
    put(page,
        "<tr><td>%u</td><td>%s</td><td class=\"key\">%s</td><td class=\"number\">%s</td>"
        "<td class=\"number\">%u</td><td class=\"number\">%u</td><td class=\"number\">%s</td></tr>",
        slot, state, task, time, held, done, memory);
}

static void put_workers(GString *page, const PageView *view)
{
    g_autoptr(GVariant) list = NULL;
    gsize n;

    put(page, "<section><h2>Workers</h2>");
    if (view->workers != NULL && g_variant_is_of_type(view->workers, G_VARIANT_TYPE(WORKERS_RESULT_TYPE)))
        list = g_variant_get_child_value(view->workers, 0);
    n = list != NULL ? g_variant_n_children(list) : 0;
    if (n == 0) {
        put(page, "<p class=\"soft\">There are none at the moment; a pass starts up to %u.</p></section>",
            view->status.workers);
        return;
    }
    put(page, "<div class=\"wide\"><table><thead><tr><th>#</th><th>state</th><th>oldest original in hand</th>"
              "<th class=\"number\">for</th><th class=\"number\">in hand</th><th class=\"number\">done</th>"
              "<th class=\"number\">memory</th></tr></thead><tbody>");
    for (gsize i = 0; i < MIN(n, MAX_WORKERS); i++) {
        g_autoptr(GVariant) worker = g_variant_get_child_value(list, i);

        put_worker(page, worker);
    }
    put(page, "</tbody></table></div></section>");
}

/* Failures */

static void put_records(GString *page, const PageView *view)
{
    put(page, "<section><h2>Recent warnings and errors</h2>");
    if (view->records->length == 0) {
        put(page, "<p class=\"soft\">None since the daemon was started.</p></section>");
        return;
    }
    put(page, "<table class=\"records\"><thead><tr><th>when</th><th>what</th><th>original</th><th>reason</th>"
              "</tr></thead><tbody>");
    for (const GList *item = view->records->head; item != NULL; item = item->next) {
        const PageRecord *record = item->data;
        g_autofree char *when = time_text(record->wall_us);

        put(page,
            "<tr><td>%s</td><td class=\"%s\">%s</td><td class=\"key\">%s</td><td class=\"key\">%s</td></tr>",
            when, record->is_error ? "bad" : "mark", record->message, record->key != NULL ? record->key : "",
            record->reason != NULL ? record->reason : "");
    }
    put(page, "</tbody></table></section>");
}

static void put_head(GString *page, const PageView *view)
{
    const char *phase = service_phase_name(view->status.phase);

    put(page,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<title>%s: %s - thumbmill</title>"
        "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript><style>",
        phase, view->job);
    g_string_append(page, page_text_style());
    put(page, "</style></head><body><p class=\"lost bad\" role=\"status\">The daemon does not respond; "
              "what follows is old.</p><main>");
}

char *page_make(const PageView *view)
{
    GString *page = g_string_sized_new(16384);
    const ServiceStatus *status = &view->status;
    g_autofree char *uptime = duration_text((double)status->uptime_us / (double)CLOCK_US_PER_S);
    g_autofree char *now = clock_format_local(view->wall_us);

    put_head(page, view);
    put(page, "<header><h1>%s</h1><span class=\"phase %s\">%s</span>", view->job,
        class_of_phase(status->phase), service_phase_name(status->phase));
    if (status->next_pass_us != SCHEDULE_NEVER && status->pass_elapsed_us == 0) {
        g_autofree char *next = time_text(status->next_pass_us);

        put(page, "<span class=\"soft\">next pass %s</span>", next);
    }
    put(page, "</header>");
    if (status->trouble != NULL)
        put(page, "<section><h2 class=\"bad\">Last failure</h2><p>%s</p></section>", status->trouble);
    if (status->pass_elapsed_us > 0)
        put_pass(page, status);
    put(page, "<div class=\"both\">");
    put_passes(page, view);
    put_workers(page, view);
    put(page, "</div>");
    put_records(page, view);
    put(page,
        "<footer><p>thumbmill %s, running for %s; %" G_GUINT64_FORMAT " passes ended, %u supervisors died. "
        "As of %s.</p></footer></main><script>",
        THUMBMILL_VERSION, uptime, status->passes, status->restarts, now);
    g_string_append(page, page_text_script());
    put(page, "</script></body></html>\n");
    return g_string_free(page, FALSE);
}
