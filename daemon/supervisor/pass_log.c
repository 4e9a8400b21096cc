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

    log_event(LOG_ERROR,
              "nearly all objects fail for the same reason: stopped; these failures are not remembered",
              "failed", count, "of_the_first", of, "class", error_class_name(error_class(example)), "reason",
              example->message, "example", key, "advice",
              "try one of them with `thumbmill preview`; if the originals really are bad, exclude them or "
              "set retries.alike: never",
              NULL);
}

void pass_log_no_keys(const Store *source)
{
    log_event(LOG_WARNING, "no key of the list is an original: keys are relative to source.url", "url",
              store_url(source), NULL);
}

void pass_log_nothing(const Store *source, const char *prefix, gboolean is_empty)
{
    g_autofree char *quoted = prefix != NULL ? quote_key(prefix) : NULL;
    const char *message = "source.include and source.exclude match no object of the source";

    if (is_empty && prefix != NULL)
        message = "no object of the source begins with the prefix: it is relative to source.url";
    else if (is_empty)
        message = "the source is empty: is source.url right?";
    log_event(LOG_WARNING, message, "url", store_url(source), "prefix", quoted, NULL);
}

void pass_log_no_ranges(const Store *store, const char *problem)
{
    log_event(LOG_WARNING,
              "this server cannot start a listing in the middle: listing the bucket sequentially", "url",
              store_url(store), "reason", problem, NULL);
}

void pass_log_no_precondition(const Store *destination, const char *problem)
{
    log_event(LOG_WARNING,
              "this server ignores If-None-Match: keep_existing is off, existing outputs are overwritten",
              "url", store_url(destination), "reason", problem, NULL);
}

void pass_log_no_recipes(const char *url, gboolean were_read, const GError *error)
{
    log_event(
        LOG_ERROR,
        were_read ? "cannot write the recipes in force: outputs whose recipe has changed are not made again"
                  : "cannot read the recipes in force: outputs whose recipe has changed count as up to date",
        "url", url, "class", error_class_name(error_class(error)), "reason", error->message, "advice",
        "allow thumbmill to read and write it, repair it, or delete it (existing outputs then count as made "
        "with the present recipes); or set destination.state: none",
        NULL);
}

void pass_log_adopted(const char *output, gboolean is_made)
{
    log_event(
        LOG_INFO,
        is_made
            ? "the recipe of an output is recorded for the first time: its existing outputs are made again"
            : "the recipe of an output is recorded for the first time: its existing outputs count as made "
              "with it",
        "output", output, NULL);
}

void pass_log_changed(const char *output, gboolean is_made)
{
    log_event(LOG_INFO,
              is_made ? "the recipe of an output has changed: outputs of the former recipe are made again"
                      : "the recipe of an output has changed: only new outputs are made with it",
              "output", output, NULL);
}

void pass_log_former(const char *output)
{
    g_autofree char *advice = g_strdup_printf("update the configuration of this machine; if it is the right "
                                              "one, run it once with --remake=%s. Two configurations "
                                              "that share a destination need different output names, or "
                                              "a destination.state each",
                                              output);

    log_event(LOG_WARNING, "this configuration is older than the recipe in force: the output is not made",
              "output", output, "advice", advice, NULL);
}

void pass_log_left(guint64 count)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, count);

    log_event(LOG_WARNING, "outputs of another recipe are left as they are", "outputs", text, "advice",
              "make them again with `run --remake`, once, or set recipe_change: remake", NULL);
}

void pass_log_withheld(guint64 count)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, count);

    log_event(LOG_WARNING,
              "missing or stale outputs are not made: this configuration is older than their recipe in force",
              "outputs", text, NULL);
}

void pass_log_refusal(const char *key, const GError *error)
{
    g_autofree char *quoted = quote_key(key);

    log_event(LOG_WARNING, "failed", "key", quoted, "class", error_class_name(error_class(error)), "reason",
              error->message, NULL);
}
