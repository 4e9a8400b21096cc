#include "daemon/session/progress_json.h"

#include "base/clock.h"

json_t *progress_to_json(const Progress *progress, const Forecast *forecast, gint64 elapsed_us)
{
    g_autofree char *since = clock_format_iso(progress->waits_since_s * CLOCK_US_PER_S);
    const char *waits_for = progress_waits_for(progress);
    json_t *object = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:s?, s:s?}", "listed",
                               (json_int_t)progress->listed, "done", (json_int_t)progress->done, "up_to_date",
                               (json_int_t)progress->skipped, "failed", (json_int_t)progress->failed,
                               "outputs", (json_int_t)progress->made, "in_flight",
                               (json_int_t)progress->in_flight, "all_listed", progress->all_listed, "total",
                               progress->total > 0 ? json_integer((json_int_t)progress->total) : json_null(),
                               "waits_for", waits_for, "waits_since", waits_for != NULL ? since : NULL);

    json_object_set_new(object, "seconds", json_real((double)elapsed_us / (double)CLOCK_US_PER_S));
    json_object_set_new(object, "per_second", json_real(forecast->per_second));
    if (forecast->seconds_left >= 0)
        json_object_set_new(object, "eta_s", json_real(forecast->seconds_left));
    return object;
}
