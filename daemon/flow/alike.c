#include "daemon/flow/alike.h"

#include <string.h>

typedef struct {
    char *key; /* of the group's first object */
    GError *error;
    guint count;
} Group;

struct Alike {
    guint sample;
    guint ended;
    guint largest; /* largest count of a group */
    AlikeVerdict verdict;
    GHashTable *groups; /* of Group, by alike_pattern() */
    const Group *found;
};

static void group_free(void *data)
{
    Group *group = data;

    g_free(group->key);
    g_error_free(group->error);
    g_free(group);
}

Alike *alike_new(guint sample)
{
    Alike *alike = g_new0(Alike, 1);

    alike->sample = sample;
    alike->verdict = sample > 0 ? ALIKE_OPEN : ALIKE_NO;
    alike->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, group_free);
    return alike;
}

/* The smallest count that is ALIKE_PERCENT of the sample. */
static guint enough(const Alike *alike)
{
    return (guint)(((guint64)alike->sample * ALIKE_PERCENT + 99) / 100);
}

/* Counts an ended object; group is NULL if nothing of it failed. */
static void count(Alike *alike, Group *group)
{
    alike->ended++;
    if (group != NULL && ++group->count > alike->largest) {
        alike->largest = group->count;
        alike->found = group;
    }
    if (alike->ended - alike->largest > alike->sample - enough(alike))
        alike->verdict = ALIKE_NO;
    else if (alike->ended == alike->sample)
        alike->verdict = ALIKE_YES;
    if (alike->verdict == ALIKE_NO) {
        alike->found = NULL;
        g_hash_table_remove_all(alike->groups);
    }
}

void alike_made(Alike *alike)
{
    if (alike->verdict == ALIKE_OPEN)
        count(alike, NULL);
}

static gboolean is_counted(ErrorClass class)
{
    return class == ERROR_INPUT || class == ERROR_LIMIT || class == ERROR_CONFIG || class == ERROR_INTERNAL ||
           class == ERROR_CRASH;
}

void alike_failed(Alike *alike, const char *key, const char *output, const GError *error)
{
    g_autofree char *pattern = NULL;
    Group *group;

    if (alike->verdict != ALIKE_OPEN || !is_counted(error_class(error)))
        return;
    pattern = alike_pattern(key, output, error);
    group = g_hash_table_lookup(alike->groups, pattern);
    if (group == NULL) {
        group = g_new0(Group, 1);
        group->key = g_strdup(key);
        group->error = g_error_copy(error);
        g_hash_table_insert(alike->groups, g_steal_pointer(&pattern), group);
    }
    count(alike, group);
}

AlikeVerdict alike_verdict(const Alike *alike)
{
    return alike->verdict;
}

guint alike_count(const Alike *alike)
{
    return alike->largest;
}

const GError *alike_example(const Alike *alike)
{
    return alike->found != NULL ? alike->found->error : NULL;
}

const char *alike_example_key(const Alike *alike)
{
    return alike->found != NULL ? alike->found->key : NULL;
}

void alike_free(Alike *alike)
{
    if (alike == NULL)
        return;
    g_hash_table_unref(alike->groups);
    g_free(alike);
}

/* The pattern */

/* Skips quoted text. Returns at if there is no closing quote. */
static const char *skip_quoted(const char *at)
{
    const char *end = strchr(at + 1, *at);

    return end != NULL ? end + 1 : at;
}

char *alike_pattern(const char *key, const char *output, const GError *error)
{
    GString *pattern = g_string_new(error_class_name(error_class(error)));
    const gsize key_length = strlen(key);
    const char *at = error->message;

    g_string_append_printf(pattern, " %s: ", output != NULL ? output : "");
    while (*at != '\0') {
        const char *rest = at;

        if (key_length > 0 && strncmp(at, key, key_length) == 0)
            rest = at + key_length;
        else if (*at == '"' || *at == '\'')
            rest = skip_quoted(at);
        else
            rest = at + strspn(at, "0123456789");
        if (rest != at)
            g_string_append_c(pattern, '#');
        else
            g_string_append_c(pattern, *rest++);
        at = rest;
    }
    return g_string_free(pattern, FALSE);
}
