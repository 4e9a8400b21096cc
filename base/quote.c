#include "base/quote.h"

gboolean quote_is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Escapes a character for which quote_is_control() is TRUE. */
static void append_control(GString *out, gunichar c)
{
    if (c == '\n')
        g_string_append(out, "\\n");
    else if (c == '\t')
        g_string_append(out, "\\t");
    else
        g_string_append_printf(out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
}

typedef void (*Append)(GString *out, gunichar c);

/* append is called for every character. */
static char *quote(const char *text, Append append)
{
    g_autoptr(GString) out = g_string_sized_new(64);

    for (const char *p = text; *p != '\0';) {
        gunichar c = g_utf8_get_char_validated(p, -1);

        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(out, "\\x%02x", (guint8)*p++);
            continue;
        }
        append(out, c);
        p = g_utf8_next_char(p);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void append_text(GString *out, gunichar c)
{
    if (quote_is_control(c))
        append_control(out, c);
    else
        g_string_append_unichar(out, c);
}

static void append_key(GString *out, gunichar c)
{
    if (c == '\\')
        g_string_append(out, "\\\\");
    else
        append_text(out, c);
}

static void append_screen(GString *out, gunichar c)
{
    if (quote_is_control(c) && c != '\n' && c != '\t')
        g_string_append_printf(out, "\\u%04x", c);
    else
        g_string_append_unichar(out, c);
}

char *quote_key(const char *key)
{
    return quote(key, append_key);
}

char *quote_text(const char *text)
{
    return quote(text, append_text);
}

char *quote_screen(const char *text)
{
    return quote(text, append_screen);
}
