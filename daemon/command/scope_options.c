#include "daemon/command/scope_options.h"

#include <string.h>

#include "base/error.h"

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

void scope_options_tell(const RunReport *report, void (*print)(const char *format, ...))
{
    if (report->scope != NULL)
        print("scope: %s; %" G_GUINT64_FORMAT " other originals were listed and left out\n", report->scope,
              report->left_out.outside);
}

void scope_options_clear(ScopeOptions *options)
{
    g_clear_pointer(&options->prefix, g_free);
    g_clear_pointer(&options->shard, g_free);
    g_clear_pointer(&options->shards, g_free);
}
