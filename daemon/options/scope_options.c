#include "daemon/options/scope_options.h"

#include <string.h>

#include "base/error.h"
#include "config/location.h"
#include "daemon/session/inventory_source.h"

/* Whether the text looks like a URL: a prefix is relative to source.url. */
static gboolean is_url(const char *text)
{
    return strstr(text, "://") != NULL;
}

gboolean scope_options_apply(const char *command, const ScopeOptions *options, Scope *ret_scope)
{
    g_autoptr(GError) error = NULL;
    Scope scope = {0};

    if (options->prefix != NULL && is_url(options->prefix)) {
        g_printerr("thumbmill %s: --prefix is relative to source.url, without it: not '%s'\n", command,
                   options->prefix);
        return FALSE;
    }
    if (!scope_parse_shard(&scope, options->shard, options->shards, g_getenv(SCOPE_INDEX_VARIABLE), &error)) {
        g_printerr("thumbmill %s: %s\n", command, error->message);
        return FALSE;
    }
    if (options->prefix != NULL && *options->prefix != '\0')
        scope.prefix = g_strdup(options->prefix);
    *ret_scope = scope;
    return TRUE;
}

/* The failures that the report only counts are said. */
static KeySource *open_report(const char *command, const char *path, GError **error)
{
    guint64 truncated = 0;
    KeySource *source = key_source_report(path, &truncated, error);

    if (source != NULL && truncated > 0)
        g_printerr("thumbmill %s: %s names only a part of the failures: %" G_GUINT64_FORMAT
                   " more are not in it\n",
                   command, path, truncated);
    return source;
}

static KeySource *open_source(const char *command, const ScopeOptions *options, const Config *config,
                              GError **error)
{
    if (options->keys_from != NULL)
        return key_source_file(options->keys_from, KEY_LIST_LINES, error);
    if (options->keys_from0 != NULL)
        return key_source_file(options->keys_from0, KEY_LIST_NUL, error);
    if (options->failed_of != NULL)
        return open_report(command, options->failed_of, error);
    if (!location_is_bucket(config->source.url)) {
        error_set(error, ERROR_CONFIG, "--manifest is for a source that is a bucket");
        return NULL;
    }
    return inventory_source_is_named(options->manifest)
               ? inventory_source_new(options->manifest, error)
               : key_source_file(options->manifest, KEY_LIST_CSV, error);
}

gboolean scope_options_open(const char *command, const ScopeOptions *options, const GPtrArray *jobs,
                            KeyFeed **ret_feed)
{
    const int n = (options->keys_from != NULL) + (options->keys_from0 != NULL) +
                  (options->failed_of != NULL) + (options->manifest != NULL);
    g_autoptr(GError) error = NULL;
    KeySource *source;

    *ret_feed = NULL;
    if (n == 0)
        return TRUE;
    if (n > 1) {
        g_printerr("thumbmill %s: give only one of --keys-from, --keys-from0, --failed-of and --manifest\n",
                   command);
        return FALSE;
    }
    if (jobs->len > 1) {
        g_printerr("thumbmill %s: a list of keys is for one job: choose it with --job NAME\n", command);
        return FALSE;
    }
    source = open_source(command, options, jobs->pdata[0], &error);
    if (source == NULL) {
        g_printerr("thumbmill %s: %s\n", command, error->message);
        return FALSE;
    }
    *ret_feed = key_feed_new(jobs->pdata[0], source);
    return TRUE;
}

static void tell_number(guint64 number, const char *what, void (*print)(const char *format, ...))
{
    if (number > 0)
        print("%" G_GUINT64_FORMAT " %s\n", number, what);
}

void scope_options_tell(const RunReport *report, void (*print)(const char *format, ...))
{
    if (report->scope == NULL)
        return;
    print("scope: %s\n", report->scope);
    tell_number(report->left_out.outside, "outside of it were left out", print);
    tell_number(report->left_out.absent, "keys of the list are not in the source", print);
    tell_number(report->left_out.not_selected, "keys of the list are not selected by the configuration",
                print);
    tell_number(report->left_out.duplicate, "keys of the list were on it before", print);
    tell_number(report->left_out.invalid, "lines of the list are no keys", print);
}

void scope_options_clear(ScopeOptions *options)
{
    g_clear_pointer(&options->keys_from, g_free);
    g_clear_pointer(&options->keys_from0, g_free);
    g_clear_pointer(&options->failed_of, g_free);
    g_clear_pointer(&options->manifest, g_free);
    g_clear_pointer(&options->prefix, g_free);
    g_clear_pointer(&options->shard, g_free);
    g_clear_pointer(&options->shards, g_free);
}
