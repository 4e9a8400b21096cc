/* The settings that are read from any AWS file are parts of its lines, and errors quote none of them. */
#include "fuzz.h"
#include "s3/aws/profile_file.h"

#include <string.h>

static const char *const names[] = {"default", "a", "b c"};
static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key", "s3", "k"};
static const char *const nested_keys[] = {NULL, "addressing_style", "n"};

static void expect_lines_of(const char *value, const guint8 *data, gsize size)
{
    g_auto(GStrv) lines = NULL;

    if (value == NULL)
        return;
    g_assert_cmpint(*value, !=, '\0');
    lines = g_strsplit(value, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
        gsize length = strlen(lines[i]);

        g_assert_nonnull(memmem(data, size, lines[i], length));
        g_assert_false(length > 0 && g_ascii_isspace(lines[i][0]));
        g_assert_false(length > 0 && g_ascii_isspace(lines[i][length - 1]));
    }
}

static void parse(ProfileFileKind kind, const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ProfileFile) file = profile_file_parse(kind, "path", data, size, &error);

    if (file == NULL) {
        g_assert_true(g_str_has_prefix(error->message, "path:"));
        g_assert_cmpuint(strlen(error->message), <, 80);
        return;
    }
    for (ProfileSection section = 0; section <= PROFILE_SECTION_SSO_SESSION; section++)
        for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
            for (gsize k = 0; k < G_N_ELEMENTS(keys); k++)
                for (gsize s = 0; s < G_N_ELEMENTS(nested_keys); s++)
                    expect_lines_of(profile_file_get(file, section, names[n], keys[k], nested_keys[s]), data,
                                    size);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    parse(PROFILE_FILE_CONFIG, data, size);
    parse(PROFILE_FILE_CREDENTIALS, data, size);
    return 0;
}
