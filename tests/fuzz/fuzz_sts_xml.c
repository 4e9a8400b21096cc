/* Any response of STS yields credentials that can sign until they expire, or an error of one printable
 * line. */
#include "fuzz.h"
#include "s3/aws/sts_xml.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Credentials) credentials = sts_xml_parse(text, "here", &error);

    if (credentials != NULL) {
        g_assert_cmpint(*credentials_access_key_id(credentials), !=, '\0');
        g_assert_cmpuint(secret_size(credentials_secret_key(credentials)), >, 0);
        g_assert_cmpuint(secret_size(credentials_session_token(credentials)), >, 0);
        g_assert_cmpint(credentials_expiry_s(credentials), !=, CREDENTIALS_FOREVER);
        return 0;
    }
    g_assert_true(g_str_has_prefix(error->message, "here: "));
    for (const char *at = error->message; *at != '\0'; at++)
        g_assert_false(g_ascii_iscntrl(*at));
    return 0;
}
