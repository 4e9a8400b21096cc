#include "config/suggestion.h"

#include <string.h>

#define MAX_WORD 64u

static guint min3(guint a, guint b, guint c)
{
    return MIN(MIN(a, b), c);
}

/* Optimal string alignment, keeping three rows of the usual table. */
static guint distance(const char *a, gsize a_length, const char *b, gsize b_length)
{
    guint rows[3][MAX_WORD + 1];

    for (guint j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (guint i = 1; i <= a_length; i++) {
        guint *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

        row[0] = i;
        for (guint j = 1; j <= b_length; j++) {
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], above2[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *suggestion_find(const char *word, const char *const *candidates, guint n_candidates)
{
    const char *best = NULL;
    gsize length = strlen(word);
    guint limit = length < 5 ? 1 : 2;

    if (length == 0 || length > MAX_WORD)
        return NULL;
    for (guint i = 0; i < n_candidates; i++) {
        gsize candidate_length = strlen(candidates[i]);
        guint d;

        if (candidate_length > MAX_WORD)
            continue;
        d = distance(word, length, candidates[i], candidate_length);
        if (d <= limit && d < candidate_length) {
            best = candidates[i];
            limit = d == 0 ? 0 : d - 1;
            if (d <= 1)
                break;
        }
    }
    return best;
}
