/* An ARN is refused with a reason, or has parts within their limits; and the ARN in a URL is not longer than
 * the URL.
 */
#include <string.h>

#include "base/error.h"
#include "base/s3_arn.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *arn = g_strconcat("arn:", text, NULL);
    g_autoptr(GError) error = NULL, name_error = NULL;
    g_auto(S3Arn) parsed = {0};

    g_assert_cmpuint(s3_arn_length(arn), <=, strlen(arn));
    if (s3_arn_parse(arn, &parsed, &error)) {
        g_assert_cmpuint(strlen(parsed.account), ==, 12);
        g_assert_cmpuint(strlen(parsed.name), >=, 3);
        g_assert_cmpuint(strlen(parsed.name), <=, 50);
        g_assert_cmpuint(strlen(parsed.region), <=, 63);
    } else {
        g_assert_cmpint(error_class(error), ==, ERROR_CONFIG);
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    }
    if (!s3_arn_check_name(text, &name_error))
        g_assert_cmpint(error_class(name_error), ==, ERROR_CONFIG);
    return 0;
}
