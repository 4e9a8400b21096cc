/* "did you mean": finds the nearest of a few known words. Pure. */
#pragma once

#include <glib.h>

/* The candidate with the smallest edit distance from word (insert, delete or replace a character, swap two
 * adjacent ones), if it is small enough for a misspelling: 1 for short words, 2 for others. NULL if there is
 * no such candidate. */
const char *suggestion_find(const char *word, const char *const *candidates, guint n_candidates);
