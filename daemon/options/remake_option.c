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

gboolean remake_option_parse(const char *command, const char *text, const Config *config, GStrv *ret_names)
{
    g_autofree char *state = config_state_key(config, "");
    g_auto(GStrv) names = text != NULL ? g_strsplit(text, ",", -1) : NULL;

    if (text != NULL && state == NULL) {
        g_printerr("thumbmill %s: --remake needs destination.state, which is none\n", command);
        return FALSE;
    }
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        if (has_output(config, names[i]))
            continue;
        g_printerr("thumbmill %s: --remake: there is no output '%s'\n", command, names[i]);
        return FALSE;
    }
    *ret_names = g_steal_pointer(&names);
    return TRUE;
}
