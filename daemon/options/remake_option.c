#include "daemon/options/remake_option.h"

#include <string.h>

static gboolean has_output(const Config *config, const char *name)
{
    for (guint i = 0; i < config->outputs->len; i++) {
        if (strcmp(config_output(config, i)->name, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Whether one of the jobs has the output. */
static gboolean is_known(const GPtrArray *jobs, const char *name)
{
    for (guint i = 0; i < jobs->len; i++) {
        if (has_output(jobs->pdata[i], name))
            return TRUE;
    }
    return FALSE;
}

gboolean remake_option_parse(const char *command, const char *text, const GPtrArray *jobs, GStrv *ret_names)
{
    g_auto(GStrv) names = text != NULL ? g_strsplit(text, ",", -1) : NULL;

    for (guint i = 0; text != NULL && i < jobs->len; i++) {
        g_autofree char *state = config_state_key(jobs->pdata[i], "");

        if (state != NULL)
            continue;
        g_printerr("thumbmill %s: --remake needs destination.state, which is none\n", command);
        return FALSE;
    }
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        if (is_known(jobs, names[i]))
            continue;
        g_printerr("thumbmill %s: --remake: there is no output '%s'\n", command, names[i]);
        return FALSE;
    }
    *ret_names = g_steal_pointer(&names);
    return TRUE;
}

GStrv remake_option_of(char *const *names, const Config *config)
{
    GPtrArray *own;

    if (names == NULL)
        return NULL;
    own = g_ptr_array_new();
    for (guint i = 0; names[i] != NULL; i++) {
        if (has_output(config, names[i]))
            g_ptr_array_add(own, g_strdup(names[i]));
    }
    if (own->len == 0 && names[0] != NULL) {
        g_ptr_array_unref(own);
        return NULL;
    }
    g_ptr_array_add(own, NULL);
    return (GStrv)g_ptr_array_free(own, FALSE);
}
