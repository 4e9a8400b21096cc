/* "did you mean": the nearest of a few known words. Pure. */
#pragma once

#include <glib.h>

/* The candidate at the smallest edit distance from word (insert, delete, replace a character, swap two that
 * are adjacent), if that is near enough to be a slip: 1 for short words, 2 for others. NULL if none is. */
const char *suggestion_find(const char *word, const char *const *candidates, guint n_candidates);
