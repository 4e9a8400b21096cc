#include "daemon/compare/unlisted.h"

#include <string.h>

#include "base/log.h"
#include "base/quote.h"
#include "store/directory.h"

struct Unlisted {
    GHashTable *lost;   /* set of char: unreadable parts of the destination; a folder ends with '/' */
    guint named_source; /* parts named in the log so far */
    guint named_destination;
};

Unlisted *unlisted_new(void)
{
    Unlisted *unlisted = g_new0(Unlisted, 1);

    unlisted->lost = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return unlisted;
}

void unlisted_free(Unlisted *unlisted)
{
    if (unlisted == NULL)
        return;
    g_hash_table_unref(unlisted->lost);
    g_free(unlisted);
}

static void log_skip(const Store *store, const DirectorySkip *skip, guint *named)
{
    g_autofree char *path = g_strconcat(store_prefix(store), skip->part, NULL);
    g_autofree char *quoted = quote_key(path);

    if (skip->kind == DIRECTORY_SKIP_LOOP) {
        log_event(LOG_INFO, "skipped in the listing: already listed", "path", quoted, "reason", skip->reason,
                  NULL);
        return;
    }
    if ((*named)++ < UNLISTED_MAX_NAMED)
        log_event(LOG_WARNING, "skipped in the listing", "path", quoted, "reason", skip->reason, NULL);
    else if (*named == UNLISTED_MAX_NAMED + 1)
        log_event(LOG_WARNING, "further paths skipped in the listing are not logged", "url", store_url(store),
                  NULL);
}

void unlisted_add_source(Unlisted *unlisted, const Store *store, const GPtrArray *skips, guint64 *count)
{
    for (guint i = 0; i < skips->len; i++) {
        const DirectorySkip *skip = skips->pdata[i];

        log_skip(store, skip, &unlisted->named_source);
        *count += skip->kind == DIRECTORY_SKIP_UNREADABLE;
    }
}

void unlisted_add_destination(Unlisted *unlisted, const Store *store, const GPtrArray *skips, guint64 *count)
{
    for (guint i = 0; i < skips->len; i++) {
        const DirectorySkip *skip = skips->pdata[i];

        log_skip(store, skip, &unlisted->named_destination);
        *count += skip->kind == DIRECTORY_SKIP_UNREADABLE;
        if (skip->kind == DIRECTORY_SKIP_UNREADABLE)
            g_hash_table_add(unlisted->lost, g_strdup(skip->part));
    }
}

/* Whether the key, or a folder that contains it, is an unreadable part. */
static gboolean is_lost(const Unlisted *unlisted, const char *key)
{
    for (const char *slash = strchr(key, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        g_autofree char *folder = g_strndup(key, (gsize)(slash + 1 - key));

        if (g_hash_table_contains(unlisted->lost, folder))
            return TRUE;
    }
    return g_hash_table_contains(unlisted->lost, key);
}

guint unlisted_drop(const Unlisted *unlisted, Diff *diff)
{
    guint dropped = 0;

    if (g_hash_table_size(unlisted->lost) == 0)
        return 0;
    for (guint i = diff->wanted->len; i-- > 0;) {
        if (is_lost(unlisted, diff_wanted(diff, i)->key)) {
            g_array_remove_index(diff->wanted, i);
            dropped++;
        }
    }
    return dropped;
}
