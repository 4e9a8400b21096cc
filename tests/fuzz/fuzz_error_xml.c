/* The fields of any error of a server are printable. */
#include "fuzz.h"
#include "s3/aws/error_xml.h"

#include <string.h>

static void expect_printable(const char *field)
{
    if (field == NULL)
        return;
    g_assert_cmpuint(strlen(field), <=, 300);
    g_assert_true(g_utf8_validate(field, -1, NULL));
    for (const char *at = field; *at != '\0'; at++)
        g_assert_false(g_ascii_iscntrl(*at));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_auto(S3Error) error = error_xml_parse(data, size);

    expect_printable(error.code);
    expect_printable(error.message);
    expect_printable(error.region);
    return 0;
}
