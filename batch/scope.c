#include "batch/scope.h"

#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "batch/key_order.h"

/* FNV-1a (Fowler, Noll and Vo), whose high bits are folded into the low ones, by which shards are chosen. */
static guint64 hash_of(const char *text, gsize bytes)
{
    guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);

    for (gsize i = 0; i < bytes; i++)
        hash = (hash ^ (guint8)text[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    hash = (hash ^ (hash >> 33)) * G_GUINT64_CONSTANT(0xff51afd7ed558ccd);
    return hash ^ (hash >> 33);
}

gboolean scope_is_whole(const Scope *scope)
{
    return scope->prefix == NULL && scope->shards <= 1 && scope->list == NULL;
}

gboolean scope_covers(const Scope *scope, const char *start)
{
    return scope->prefix == NULL || g_str_has_prefix(start, scope->prefix);
}

gboolean scope_has(const Scope *scope, const char *key)
{
    if (!scope_covers(scope, key))
        return FALSE;
    return scope->shards <= 1 || hash_of(key, key_order_base_length(key)) % scope->shards == scope->shard;
}

/* Parses a decimal number that ends the text, or ends at `end`. */
static gboolean parse_number(const char *text, char end, guint64 max, guint *ret_number,
                             const char **ret_rest)
{
    char *rest = NULL;
    guint64 number;

    if (!g_ascii_isdigit(*text))
        return FALSE;
    number = g_ascii_strtoull(text, &rest, 10);
    if (number > max || *rest != end)
        return FALSE;
    *ret_number = (guint)number;
    if (ret_rest != NULL)
        *ret_rest = rest + 1;
    return TRUE;
}

static gboolean is_shard(const Scope *scope)
{
    return scope->shards >= 1 && scope->shard < scope->shards;
}

static gboolean parse_pair(Scope *scope, const char *text, GError **error)
{
    const char *rest;

    if (parse_number(text, '/', SCOPE_MAX_SHARDS, &scope->shard, &rest) &&
        parse_number(rest, '\0', SCOPE_MAX_SHARDS, &scope->shards, NULL) && is_shard(scope))
        return TRUE;
    error_set(error, ERROR_CONFIG,
              "a shard is I/N, such as 0/4 for the first and 3/4 for the last of four, not '%s'", text);
    return FALSE;
}

static gboolean parse_count(Scope *scope, const char *count, const char *index, GError **error)
{
    if (!parse_number(count, '\0', SCOPE_MAX_SHARDS, &scope->shards, NULL) || scope->shards == 0) {
        error_set(error, ERROR_CONFIG, "the number of shards is 1 to %u, not '%s'", SCOPE_MAX_SHARDS, count);
        return FALSE;
    }
    if (index != NULL && parse_number(index, '\0', SCOPE_MAX_SHARDS, &scope->shard, NULL) && is_shard(scope))
        return TRUE;
    error_set(error, ERROR_CONFIG, "with %s shards " SCOPE_INDEX_VARIABLE " is 0 to %u, not '%s'", count,
              scope->shards - 1, index != NULL ? index : "");
    return FALSE;
}

gboolean scope_parse_shard(Scope *scope, const char *shard, const char *count, const char *index,
                           GError **error)
{
    if (shard != NULL && count != NULL) {
        error_set(error, ERROR_CONFIG, "a shard I/N has the number of shards in it: do not give both");
        return FALSE;
    }
    if (shard != NULL)
        return parse_pair(scope, shard, error);
    return count == NULL || parse_count(scope, count, index, error);
}

char *scope_describe(const Scope *scope)
{
    g_autofree char *quoted = scope->prefix != NULL ? quote_key(scope->prefix) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    if (scope_is_whole(scope))
        return NULL;
    if (scope->shards > 1)
        g_string_append_printf(text, "shard %u of %u", scope->shard, scope->shards);
    if (quoted != NULL)
        g_string_append_printf(text, "%sbelow '%s'", text->len > 0 ? " " : "", quoted);
    if (scope->list != NULL)
        g_string_append_printf(text, "%s%s", text->len > 0 ? " of " : "", scope->list);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void scope_clear(Scope *scope)
{
    g_clear_pointer(&scope->prefix, g_free);
    g_clear_pointer(&scope->list, g_free);
}

GVariant *scope_to_variant(const Scope *scope)
{
    return g_variant_new("(@ayuums)", g_variant_new_bytestring(scope->prefix != NULL ? scope->prefix : ""),
                         scope->shard, scope->shards, scope->list);
}

gboolean scope_from_variant(GVariant *variant, Scope *ret_scope)
{
    const char *prefix, *list;
    Scope scope = {0};

    g_variant_get(variant, "(^&ayuum&s)", &prefix, &scope.shard, &scope.shards, &list);
    if (scope.shards > SCOPE_MAX_SHARDS || (scope.shards > 0 && !is_shard(&scope)))
        return FALSE;
    scope.prefix = *prefix != '\0' ? g_strdup(prefix) : NULL;
    scope.list = g_strdup(list);
    *ret_scope = scope;
    return TRUE;
}
