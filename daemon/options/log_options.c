#include "daemon/options/log_options.h"

#include <string.h>

gboolean log_options_apply(const char *format, const char *level, LogLevel default_level)
{
    LogLevel lowest = default_level;

    if (level != NULL && !log_level_parse(level, &lowest)) {
        g_printerr("%s: --log-level must be debug, info, warning or error, not '%s'\n", g_get_prgname(),
                   level);
        return FALSE;
    }
    log_set_level(lowest);
    if (format != NULL && strcmp(format, "json") == 0) {
        log_set_format(LOG_FORMAT_JSON);
    } else if (format != NULL && strcmp(format, "text") != 0) {
        g_printerr("%s: --log-format must be text or json, not '%s'\n", g_get_prgname(), format);
        return FALSE;
    }
    return TRUE;
}
