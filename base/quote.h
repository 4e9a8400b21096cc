/* Text from outside (object keys, what a server or a file says) is arbitrary bytes: this makes it safe to
 * print on a terminal and in one line of a log. Terminals act on control characters, and text with
 * bidirectional controls reads otherwise than it is (Unicode Technical Report 36, "Bidirectional Text
 * Spoofing"). */
#pragma once

#include <glib.h>

/* Whether a character acts rather than prints: C0, DEL, C1, bidirectional controls, line and paragraph
 * separators. */
gboolean quote_is_control(gunichar c);

/* The key with control characters, backslashes and what is not UTF-8 written as \n, \t, \\, \xNN or \uNNNN.
 * Other unicode stays as it is. Owned by the caller. */
char *quote_key(const char *key);

/* The same for a text that may have quoted parts: backslashes stay, and a quoted text is not changed. */
char *quote_text(const char *text);

/* The same for what goes to a screen as it is: newlines and tabs stay, too. Controls become \uNNNN, so that
 * JSON stays the JSON that it was. */
char *quote_screen(const char *text);
