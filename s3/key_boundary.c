#include "s3/key_boundary.h"

#include <string.h>

#include "base/limits.h"

#define ASCII_END 0x7fu

/* The end (exclusive) of the characters whose UTF-8 is as long as that of c. */
static gunichar class_end(gunichar c)
{
    if (c < 0x80)
        return 0x80;
    if (c < 0x800)
        return 0x800;
    return c < 0x10000 ? 0x10000 : 0x110000;
}

static gboolean is_suitable(gunichar c)
{
    return (c > ' ' && c < ASCII_END) || (c >= 0xa0 && g_unichar_validate(c));
}

void key_alphabet_add(KeyAlphabet *alphabet, const char *key)
{
    for (const guchar *p = (const guchar *)key; *p != '\0'; p++) {
        if (*p < ASCII_END)
            alphabet->has[*p] = is_suitable(*p);
    }
}

/* The middle one of the known characters between low and high, or 0. */
static gunichar known_between(const KeyAlphabet *alphabet, gunichar low, gunichar high)
{
    gunichar found[ASCII_END];
    guint n = 0;

    for (gunichar c = low + 1; c < MIN(high, ASCII_END); c++) {
        if (alphabet->has[c])
            found[n++] = c;
    }
    return n > 0 ? found[n / 2] : 0;
}

/* Returns a character between low and high, or 0. low is 0 where a key ends; high is 0 if there is no upper
 * bound. */
static gunichar char_between(const KeyAlphabet *alphabet, gunichar low, gunichar high)
{
    gunichar end = high != 0 ? high : class_end(low);
    gunichar middle = low + (end - low) / 2;

    if (low < ASCII_END)
        return known_between(alphabet, low, end);
    return middle > low && middle < end && is_suitable(middle) ? middle : 0;
}

/* Returns a character above all that are likely to follow c, or 0 if c is the highest itself. */
static gunichar char_above(gunichar c)
{
    static const gunichar highest[] = {'~', 0xfffd, 0x10fffd};

    for (guint i = 0; i < G_N_ELEMENTS(highest); i++) {
        if (c < highest[i])
            return highest[i];
    }
    return 0;
}

/* The start of the character that contains this byte. */
static gsize char_start(const char *text, gsize byte)
{
    while (byte > 0 && ((guchar)text[byte] & 0xc0) == 0x80)
        byte--;
    return byte;
}

/* The length of the common prefix in bytes, in whole characters. */
static gsize common_bytes(const char *a, const char *b)
{
    gsize n = 0;

    while (a[n] != '\0' && a[n] == b[n])
        n++;
    return MIN(char_start(a, n), char_start(b, n));
}

/* Some servers repeat the request's parameters unescaped in XML, which may not have control characters. */
static gboolean has_control(const char *key, gsize bytes)
{
    for (gsize i = 0; i < bytes; i++) {
        if (g_ascii_iscntrl(key[i]))
            return TRUE;
    }
    return FALSE;
}

static char *with_char(const char *key, gsize bytes, gunichar c)
{
    char encoded[6];
    gsize length = (gsize)g_unichar_to_utf8(c, encoded);
    GString *text;

    if (c == 0 || bytes + length > LIMIT_KEY_BYTES || has_control(key, bytes))
        return NULL;
    text = g_string_new_len(key, (gssize)bytes);
    g_string_append_len(text, encoded, (gssize)length);
    return g_string_free(text, FALSE);
}

/* If all keys of a page share a longer prefix than the keys to come are known to share: ends the group of the
 * keys that agree with the last one up to halfway between these two lengths. Whether keys follow that
 * boundary shows on which side of it the keys begin to differ. */
static char *end_of_group(const KeySpan *span, gsize known)
{
    gsize same = common_bytes(span->first, span->last);
    gsize middle;

    if (same <= known + 1)
        return NULL;
    middle = char_start(span->last, (known + same + 1) / 2);
    return middle > known ? with_char(span->last, middle, char_above(g_utf8_get_char(span->last + middle)))
                          : NULL;
}

/* A key between last and bound at the first character where they differ; failing that, a key between last and
 * the end of those keys that share a longer prefix with it. */
static char *middle_of_span(const KeyAlphabet *alphabet, const KeySpan *span, gsize known)
{
    const char *last = span->last;
    gunichar high = span->bound != NULL ? g_utf8_get_char(span->bound + known) : 0;

    for (const char *p = last + known;; p = g_utf8_next_char(p)) {
        gunichar c = char_between(alphabet, g_utf8_get_char(p), high);

        if (c != 0)
            return with_char(last, (gsize)(p - last), c);
        if (*p == '\0')
            return NULL;
        high = 0;
    }
}

char *key_boundary(const KeyAlphabet *alphabet, const KeySpan *span)
{
    gsize known = span->bound != NULL ? common_bytes(span->last, span->bound) : span->prefix_bytes;
    char *boundary = end_of_group(span, known);

    return boundary != NULL ? boundary : middle_of_span(alphabet, span, known);
}
