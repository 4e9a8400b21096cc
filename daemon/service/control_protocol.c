#include "daemon/service/control_protocol.h"

#include "base/error.h"
#include "base/json_format.h"

gboolean control_request_parse(const char *line, gsize size_bytes, ControlRequest *ret_request,
                               GError **error)
{
    json_error_t why;
    json_t *root = json_loadb(line, size_bytes, JSON_REJECT_DUPLICATES, &why);
    const json_t *value = json_object_get(root, "value");
    const char *command = json_string_value(json_object_get(root, "command"));
    gboolean legal = FALSE;

    if (root == NULL)
        error_set(error, ERROR_INPUT, "not JSON: %s", why.text);
    else if (command == NULL)
        error_set(error, ERROR_INPUT, "not an object with a command");
    else if (value != NULL && !json_is_string(value))
        error_set(error, ERROR_INPUT, "value is not a string");
    else
        legal = TRUE;
    if (legal) {
        ret_request->command = g_strdup(command);
        ret_request->value = g_strdup(json_string_value(value));
    }
    json_decref(root);
    return legal;
}

char *control_request_format(const char *command, const char *value)
{
    json_t *root = json_pack("{s:s, s:s*}", "command", command, "value", value);
    char *text = json_dumps(root, JSON_COMPACT);
    char *line = g_strconcat(text, "\n", NULL);

    free(text);
    json_decref(root);
    return line;
}

void control_request_clear(ControlRequest *request)
{
    g_clear_pointer(&request->command, g_free);
    g_clear_pointer(&request->value, g_free);
}

json_t *control_answer_ok(void)
{
    return json_pack("{s:b, s:i}", "ok", TRUE, "format", JSON_FORMAT);
}

json_t *control_answer_error(const char *reason)
{
    g_autofree char *valid = g_utf8_make_valid(reason, -1);

    return json_pack("{s:b, s:i, s:s}", "ok", FALSE, "format", JSON_FORMAT, "error", valid);
}

static json_t *json_from_dictionary(GVariant *dictionary)
{
    json_t *object = json_object();
    GVariantIter iter;
    const char *name;
    GVariant *value;

    g_variant_iter_init(&iter, dictionary);
    while (g_variant_iter_next(&iter, "{&sv}", &name, &value)) {
        json_object_set_new(object, name, control_json_from_variant(value));
        g_variant_unref(value);
    }
    return object;
}

static json_t *json_from_array(GVariant *variant)
{
    json_t *array = json_array();

    for (gsize i = 0; i < g_variant_n_children(variant); i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(variant, i);

        json_array_append_new(array, control_json_from_variant(item));
    }
    return array;
}

json_t *control_json_from_variant(GVariant *variant)
{
    if (g_variant_is_of_type(variant, G_VARIANT_TYPE_VARDICT))
        return json_from_dictionary(variant);
    switch (g_variant_classify(variant)) {
    case G_VARIANT_CLASS_BOOLEAN: return json_boolean(g_variant_get_boolean(variant));
    case G_VARIANT_CLASS_INT32: return json_integer(g_variant_get_int32(variant));
    case G_VARIANT_CLASS_UINT32: return json_integer(g_variant_get_uint32(variant));
    case G_VARIANT_CLASS_INT64: return json_integer(g_variant_get_int64(variant));
    case G_VARIANT_CLASS_UINT64: return json_integer((json_int_t)g_variant_get_uint64(variant));
    case G_VARIANT_CLASS_DOUBLE: return json_real(g_variant_get_double(variant));
    case G_VARIANT_CLASS_STRING: return json_string(g_variant_get_string(variant, NULL));
    case G_VARIANT_CLASS_ARRAY: return json_from_array(variant);
    default: return json_null();
    }
}
