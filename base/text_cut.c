#include "base/text_cut.h"

#include <string.h>

#define ELLIPSIS "..."

char *text_cut(const char *text, gsize max_bytes)
{
    const gsize length = strnlen(text, max_bytes + 1);
    const gboolean is_cut = length > max_bytes;
    const gsize room = is_cut ? max_bytes - (sizeof ELLIPSIS - 1) : max_bytes;
    g_autofree char *part = g_strndup(text, MIN(length, room));
    g_autofree char *valid = NULL;
    const char *end = NULL;

    if (is_cut && !g_utf8_validate(part, -1, &end) && g_utf8_get_char_validated(end, -1) == (gunichar)-2)
        part[end - part] = '\0'; /* removes half of a character at the end */
    valid = g_utf8_make_valid(part, -1);
    while (strlen(valid) > room) /* bytes that are not UTF-8 become longer */
        *g_utf8_find_prev_char(valid, valid + strlen(valid)) = '\0';
    for (char *c = valid; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return is_cut ? g_strconcat(valid, ELLIPSIS, NULL) : g_steal_pointer(&valid);
}
