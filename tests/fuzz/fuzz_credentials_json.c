/* Any response of a service yields credentials that can sign, or an error of one printable line. */
#include "fuzz.h"
#include "s3/aws/credentials_json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const CredentialsJsonKind kind =
        size > 0 && data[0] == '{' ? CREDENTIALS_JSON_SERVICE : CREDENTIALS_JSON_PROCESS;
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Credentials) credentials = credentials_from_json(text, kind, "here", &error);

    if (credentials != NULL) {
        g_assert_cmpint(*credentials_access_key_id(credentials), !=, '\0');
        g_assert_cmpuint(secret_size(credentials_secret_key(credentials)), >, 0);
        return 0;
    }
    g_assert_true(g_str_has_prefix(error->message, "here: "));
    g_assert_cmpuint(strlen(error->message), <, 300);
    for (const char *at = error->message; *at != '\0'; at++)
        g_assert_false(g_ascii_iscntrl(*at));
    return 0;
}
