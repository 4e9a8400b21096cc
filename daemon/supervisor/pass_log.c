#include "daemon/supervisor/pass_log.h"

#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"

void pass_log_end(const char *message, const char *url, const GError *error)
{
    log_event(LOG_ERROR, message, "url", url, "class", error_class_name(error_class(error)), "reason",
              error->message, NULL);
}

/* Something is wrong with this machine or the configuration, or these originals are all bad: the operator
 * must look. */
void pass_log_alike(const Alike *alike, guint sample)
{
    const GError *example = alike_example(alike);
    g_autofree char *key = quote_key(alike_example_key(alike));
    g_autofree char *count = g_strdup_printf("%u", alike_count(alike));
    g_autofree char *of = g_strdup_printf("%u", sample);

    log_event(
        LOG_ERROR, "nearly all objects fail alike: stopped, and nothing of it is remembered against them",
        "failed", count, "of_the_first", of, "class", error_class_name(error_class(example)), "reason",
        example->message, "example", key, "advice",
        "try one of them with `thumbmill preview`; if it is really their own fault, exclude them or set "
        "retries.alike: never",
        NULL);
}

void pass_log_nothing(const Store *source, gboolean is_empty)
{
    log_event(LOG_WARNING,
              is_empty ? "the source lists nothing: is source.url right?"
                       : "of all that the source lists, source.include and source.exclude leave nothing",
              "url", store_url(source), NULL);
}

void pass_log_no_ranges(const Store *store, const char *problem)
{
    log_event(LOG_WARNING, "s3.list_ranges cannot be had: the bucket is listed page after page", "url",
              store_url(store), "reason", problem, NULL);
}

void pass_log_no_precondition(const Store *destination, const char *problem)
{
    log_event(LOG_WARNING, "destination.keep_existing cannot be had: outputs replace what is there", "url",
              store_url(destination), "reason", problem, NULL);
}

void pass_log_refusal(const char *key, const GError *error)
{
    g_autofree char *quoted = quote_key(key);

    log_event(LOG_WARNING, "failed", "key", quoted, "class", error_class_name(error_class(error)), "reason",
              error->message, NULL);
}
