/* Any record is logged in one line, without control characters; as JSON, in an object with all fields. */
#include <jansson.h>
#include <string.h>

#include "base/log.h"
#include "fuzz.h"

/* Reads the next text of the input; each ends with a zero byte. */
static const char *next_text(const guint8 **data, gsize *size, char **ret_text)
{
    const gsize length = strnlen((const char *)*data, *size);

    *ret_text = g_strndup((const char *)*data, length);
    *data += length;
    *size -= length;
    if (*size > 0) {
        ++*data;
        --*size;
    }
    return *ret_text;
}

static void assert_one_line(const char *line)
{
    const gsize length = strlen(line);

    g_assert_cmpuint(length, >, 0);
    g_assert_cmpint(line[length - 1], ==, '\n');
    g_assert_true(g_utf8_validate(line, -1, NULL));
    for (const char *at = line; at < line + length - 1; at = g_utf8_next_char(at)) {
        const gunichar c = g_utf8_get_char(at);

        g_assert_true(c >= 0x20 && (c < 0x7f || c > 0x9f));
        g_assert_false((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
    }
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *message = NULL, *text = NULL, *json = NULL;
    g_autoptr(GVariant) fields = NULL;
    GVariantBuilder builder;
    json_t *parsed;

    (void)next_text(&data, &size, &message);
    if (!g_utf8_validate(message, -1, NULL))
        return 0;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    while (size > 0) {
        g_autofree char *value = NULL;

        if (g_utf8_validate(next_text(&data, &size, &value), -1, NULL))
            g_variant_builder_add(&builder, "{ss}", "field", value);
    }
    fields = g_variant_ref_sink(g_variant_builder_end(&builder));
    text = log_format_line(LOG_FORMAT_TEXT, LOG_WARNING, message, fields);
    json = log_format_line(LOG_FORMAT_JSON, LOG_WARNING, message, fields);
    assert_one_line(text);
    assert_one_line(json);
    parsed = json_loads(json, JSON_REJECT_DUPLICATES * (g_variant_n_children(fields) < 2), NULL);
    g_assert_true(json_is_object(parsed));
    json_decref(parsed);
    return 0;
}
