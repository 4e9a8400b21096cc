/* A refused file has a reason, of class ERROR_INPUT and in one line of text. */
#include <string.h>

#include "base/error.h"
#include "fuzz.h"
#include "imaging/formats/signature.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    ImageFormat format = FORMAT_SOURCE;

    if (signature_check(data, size, &format, &error)) {
        g_assert_cmpint(format, <, FORMAT_SOURCE);
        return 0;
    }
    g_assert_cmpint(format, ==, FORMAT_SOURCE);
    g_assert_cmpint(error_class(error), ==, ERROR_INPUT);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_null(strchr(error->message, '\n'));
    return 0;
}
