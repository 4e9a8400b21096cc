#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "daemon/service/control_protocol.h"

static gboolean parse(const char *line, ControlRequest *request)
{
    g_autoptr(GError) error = NULL;
    const gboolean legal = control_request_parse(line, strlen(line), request, &error);

    if (!legal)
        cr_assert_eq(error_class(error), ERROR_INPUT, "%s", line);
    return legal;
}

Test(control_protocol, requests)
{
    g_auto(ControlRequest) plain = {0}, with_value = {0}, more = {0};

    cr_assert(parse("{\"command\": \"status\"}", &plain));
    cr_assert_str_eq(plain.command, "status");
    cr_assert_null(plain.value);
    cr_assert(parse("{\"value\":\"debug\",\"command\":\"log-level\"}", &with_value));
    cr_assert_str_eq(with_value.value, "debug");
    cr_assert(parse(" {\"command\":\"\", \"later\": [1, 2]} ", &more),
              "members that it does not know are ignored");
}

Test(control_protocol, what_is_none)
{
    static const char *const illegal[] = {
        "",
        " ",
        "status",
        "{",
        "[]",
        "1",
        "null",
        "\"status\"",
        "{}",
        "{\"command\": 1}",
        "{\"command\": null}",
        "{\"command\": \"a\", \"value\": 1}",
        "{\"command\": \"a\", \"command\": \"b\"}",
        "{\"command\": \"a\"} x",
        "{\"command\": \"\xff\"}",
        "{\"command\": \"\\u0000\"}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(illegal); i++) {
        ControlRequest request = {0};

        cr_assert_not(parse(illegal[i], &request), "%s", illegal[i]);
        cr_assert_null(request.command);
    }
}

Test(control_protocol, a_request_survives_the_way)
{
    g_autofree char *line = control_request_format("log-level", "a\n\"b");
    g_auto(ControlRequest) request = {0};

    cr_assert_eq(strchr(line, '\n'), line + strlen(line) - 1, "one line");
    cr_assert(parse(line, &request));
    cr_assert_str_eq(request.command, "log-level");
    cr_assert_str_eq(request.value, "a\n\"b");
}

Test(control_protocol, dictionaries_become_objects)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(
        g_variant_new_parsed("[{'pid': <uint32 7>, 'alive': <true>, 'size': <uint64 5000000000>, "
                             "'age': <1.5>, 'task': <'a \"b'>, 'list': <[1, 2]>}]"));
    json_t *json = control_json_from_variant(variant);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    cr_assert_str_eq(text, "[{\"age\":1.5,\"alive\":true,\"list\":[1,2],\"pid\":7,\"size\":5000000000,"
                           "\"task\":\"a \\\"b\"}]");
    free(text);
    json_decref(json);
}
