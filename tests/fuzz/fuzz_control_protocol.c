/* A line from a client is refused, or is a request that is unchanged when it is forwarded. */
#include <string.h>

#include "base/error.h"
#include "daemon/service/control_protocol.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_auto(ControlRequest) request = {0}, again = {0};
    g_autofree char *line = NULL;

    if (!control_request_parse((const char *)data, size, &request, &error)) {
        g_assert_cmpint(error_class(error), ==, ERROR_INPUT);
        return 0;
    }
    line = control_request_format(request.command, request.value);
    g_assert_true(control_request_parse(line, strlen(line), &again, NULL));
    g_assert_cmpstr(request.command, ==, again.command);
    g_assert_cmpstr(request.value, ==, again.value);
    return 0;
}
