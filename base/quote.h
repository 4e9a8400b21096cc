/* Object keys are arbitrary bytes: this makes them safe to print on a terminal and in one line of a log. */
#pragma once

/* The key with control characters, backslashes and what is not UTF-8 written as \n, \t, \\ or \xNN. Other
 * unicode stays as it is. Owned by the caller. */
char *quote_key(const char *key);
