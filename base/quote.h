/* Makes untrusted text (object keys, texts of a server or a file), which is arbitrary bytes, safe to print on
 * a terminal and in one line of a log. Terminals act on control characters, and text with bidirectional
 * controls displays differently from its content (Unicode Technical Report 36, "Bidirectional Text
 * Spoofing"). */
#pragma once

#include <glib.h>

/* Whether a character is a control that does not print: C0, DEL, C1, bidirectional controls, line and
 * paragraph separators. */
gboolean quote_is_control(gunichar c);

/* Writes control characters, backslashes and bytes that are not UTF-8 as \n, \t, \\, \xNN or \uNNNN. Other
 * Unicode characters stay as they are. Owned by the caller. */
char *quote_key(const char *key);

/* Like quote_key(), for a text that may have quoted parts: backslashes stay, so that quoted parts are not
 * quoted again. */
char *quote_text(const char *text);

/* Like quote_text(), for text that is printed as it is: newlines and tabs stay too. Controls become \uNNNN,
 * so that JSON remains equivalent. */
char *quote_screen(const char *text);
