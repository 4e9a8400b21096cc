#include "s3/aws/command_line.h"

#include <string.h>

#include "base/error.h"

typedef struct {
    GPtrArray *words;
    GString *word; /* NULL between words */
} Splitter;

static void end_word(Splitter *splitter)
{
    if (splitter->word != NULL)
        g_ptr_array_add(splitter->words, g_string_free(splitter->word, FALSE));
    splitter->word = NULL;
}

/* Appends the quoted string that begins at text to word. Returns the position after the closing quote, or
 * NULL if there is none. */
static const char *take_quoted(GString *word, const char *text)
{
    const char quote = *text++;

    for (; *text != quote; text++) {
        if (*text == '\0')
            return NULL;
        if (quote == '"' && *text == '\\' && (text[1] == '"' || text[1] == '\\'))
            text++;
        g_string_append_c(word, *text);
    }
    return text + 1;
}

/* Consumes one character, or one quoted string. Returns the position after it, or NULL with *error set. */
static const char *take(Splitter *splitter, const char *text, GError **error)
{
    if (strchr(" \t\r\n", *text) != NULL) {
        end_word(splitter);
        return text + 1;
    }
    if (splitter->word == NULL)
        splitter->word = g_string_new(NULL);
    if (*text == '\'' || *text == '"') {
        const char *end = take_quoted(splitter->word, text);

        if (end == NULL)
            error_set(error, ERROR_PERMANENT, "an unterminated quotation");
        return end;
    }
    if (*text == '\\') {
        text++;
        if (*text == '\0') {
            error_set(error, ERROR_PERMANENT, "a trailing backslash");
            return NULL;
        }
    }
    g_string_append_c(splitter->word, *text);
    return text + 1;
}

GStrv command_line_split(const char *line, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    Splitter splitter = {words, NULL};

    if (strlen(line) > COMMAND_LINE_MAX_BYTES) {
        error_set(error, ERROR_PERMANENT, "more than %u bytes", COMMAND_LINE_MAX_BYTES);
        return NULL;
    }
    while (line != NULL && *line != '\0')
        line = take(&splitter, line, error);
    end_word(&splitter);
    if (line == NULL)
        return NULL;
    if (words->len == 0) {
        error_set(error, ERROR_PERMANENT, "no command");
        return NULL;
    }
    g_ptr_array_add(words, NULL);
    return (GStrv)g_ptr_array_steal(words, NULL);
}
