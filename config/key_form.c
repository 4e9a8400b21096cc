#include "config/key_form.h"

#include <string.h>

/* Text that stands for a gap in an example. */
#define EXAMPLE "photo"

/* A search for a key of two forms. A state is a pair of positions; its number is the first position times
 * (b_bytes + 1) plus the second one. */
typedef struct {
    const char *a, *b;
    gsize a_bytes, b_bytes;
    gboolean ignore_case;
    gint32 *from; /* the state from which each state was reached; -1 if it was not */
    char *by;     /* the character that was read on the way to it; NUL for none */
    GArray *queue;
} Search;

char *key_form_of_pattern(const char *pattern)
{
    char *form = g_strdup(pattern);

    for (char *p = form; *p != '\0'; p++) {
        if (*p == '*' || *p == '?')
            *p = KEY_FORM_GAP;
    }
    return form;
}

static gsize start_bytes(const char *form)
{
    const char *gap = strchr(form, KEY_FORM_GAP);

    return gap != NULL ? (gsize)(gap - form) : strlen(form);
}

char *key_form_start(const char *form)
{
    return g_strndup(form, start_bytes(form));
}

static gboolean same(char a, char b, gboolean ignore_case)
{
    return a == b || (ignore_case && g_ascii_tolower(a) == g_ascii_tolower(b));
}

static void reach(Search *search, gint32 from, gsize i, gsize j, char by)
{
    const gint32 state = (gint32)(i * (search->b_bytes + 1) + j);

    if (search->from[state] >= 0)
        return;
    search->from[state] = from;
    search->by[state] = by;
    g_array_append_val(search->queue, state);
}

static void step(Search *search, gint32 state)
{
    const gsize i = (gsize)state / (search->b_bytes + 1), j = (gsize)state % (search->b_bytes + 1);
    const char a = search->a[i], b = search->b[j];

    if (a == KEY_FORM_GAP)
        reach(search, state, i + 1, j, '\0');
    if (b == KEY_FORM_GAP)
        reach(search, state, i, j + 1, '\0');
    if (a == KEY_FORM_GAP && b != KEY_FORM_GAP && b != '\0')
        reach(search, state, i, j + 1, b);
    else if (b == KEY_FORM_GAP && a != KEY_FORM_GAP && a != '\0')
        reach(search, state, i + 1, j, a);
    else if (a != KEY_FORM_GAP && a != '\0' && same(a, b, search->ignore_case))
        reach(search, state, i + 1, j + 1, a);
}

/* The characters on the way to a state. */
static char *way_to(const Search *search, gint32 state)
{
    GString *way = g_string_new(NULL);

    for (; search->from[state] != state; state = search->from[state]) {
        if (search->by[state] != '\0')
            g_string_append_c(way, search->by[state]);
    }
    for (gsize i = 0; i < way->len / 2; i++) {
        const char first = way->str[i];

        way->str[i] = way->str[way->len - 1 - i];
        way->str[way->len - 1 - i] = first;
    }
    return g_string_free(way, FALSE);
}

/* A shortest key of both forms, or NULL. */
static char *shortest(const char *a, const char *b, gboolean ignore_case)
{
    Search search = {.a = a, .b = b, .a_bytes = strlen(a), .b_bytes = strlen(b), .ignore_case = ignore_case};
    const gsize n = (search.a_bytes + 1) * (search.b_bytes + 1);
    char *found = NULL;

    search.from = g_new(gint32, n);
    memset(search.from, 0xff, n * sizeof *search.from);
    search.by = g_new0(char, n);
    search.queue = g_array_new(FALSE, FALSE, sizeof(gint32));
    reach(&search, 0, 0, 0, '\0');
    for (guint next = 0; next < search.queue->len; next++)
        step(&search, g_array_index(search.queue, gint32, next));
    if (search.from[n - 1] >= 0)
        found = way_to(&search, (gint32)n - 1);
    g_array_unref(search.queue);
    g_free(search.by);
    g_free(search.from);
    return found;
}

/* A key of the form: its last gap as EXAMPLE, the others empty. Owned by the caller. */
static char *example_of(const char *form)
{
    const char *last = strrchr(form, KEY_FORM_GAP);
    GString *key = g_string_new(NULL);

    for (const char *p = form; *p != '\0'; p++) {
        if (p == last)
            g_string_append(key, EXAMPLE);
        else if (*p != KEY_FORM_GAP)
            g_string_append_c(key, *p);
    }
    return g_string_free(key, FALSE);
}

/* Whether the texts before the first gap of each, or those after the last, exclude each other. Decides
 * nearly all pairs. */
static gboolean ends_differ(const char *a, const char *b, gboolean ignore_case)
{
    const gsize a_bytes = strlen(a), b_bytes = strlen(b);

    for (gsize i = 0; a[i] != KEY_FORM_GAP && b[i] != KEY_FORM_GAP; i++) {
        if (!same(a[i], b[i], ignore_case))
            return TRUE;
        if (a[i] == '\0')
            break;
    }
    for (gsize i = 1; i <= MIN(a_bytes, b_bytes); i++) {
        const char x = a[a_bytes - i], y = b[b_bytes - i];

        if (x == KEY_FORM_GAP || y == KEY_FORM_GAP)
            break;
        if (!same(x, y, ignore_case))
            return TRUE;
    }
    return FALSE;
}

char *key_form_meet(const char *a, const char *b, gboolean ignore_case)
{
    const char *const forms[] = {a, b};
    char *found;

    if (ends_differ(a, b, ignore_case))
        return NULL;
    found = shortest(a, b, ignore_case);
    for (guint i = 0; found != NULL && i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *example = example_of(forms[i]);
        g_autofree char *met = shortest(example, forms[1 - i], ignore_case);

        if (met != NULL) {
            g_free(found);
            return g_steal_pointer(&met);
        }
    }
    return found;
}
