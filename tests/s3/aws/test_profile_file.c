#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "s3/aws/profile_file.h"

static ProfileFile *parse(ProfileFileKind kind, const char *text)
{
    g_autoptr(GError) error = NULL;
    ProfileFile *file = profile_file_parse(kind, "path", text, strlen(text), &error);

    cr_assert_not_null(file, "%s: %s", text, error != NULL ? error->message : "");
    return file;
}

static const char *get(const ProfileFile *file, const char *profile, const char *key)
{
    return profile_file_get(file, PROFILE_SECTION_PROFILE, profile, key, NULL);
}

static void assert_value(const ProfileFile *file, const char *profile, const char *key, const char *expected)
{
    const char *value = get(file, profile, key);

    if (expected == NULL)
        cr_assert_null(value, "[%s] %s is '%s'", profile, key, value);
    else
        cr_assert(g_strcmp0(value, expected) == 0, "[%s] %s is '%s'", profile, key, value);
}

/* Asserts the value of k in a credentials file of one profile with this line. */
static void assert_line(const char *line, const char *expected)
{
    g_autofree char *text = g_strconcat("[p]\n", line, NULL);
    g_autoptr(ProfileFile) file = parse(PROFILE_FILE_CREDENTIALS, text);

    assert_value(file, "p", "k", expected);
}

static void assert_refused(const char *text, const char *words)
{
    for (ProfileFileKind kind = PROFILE_FILE_CONFIG; kind <= PROFILE_FILE_CREDENTIALS; kind++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ProfileFile) file = profile_file_parse(kind, "path", text, strlen(text), &error);

        cr_assert_null(file, "%s", text);
        cr_assert_eq(error_class(error), ERROR_PERMANENT);
        cr_assert(g_str_has_prefix(error->message, words), "%s", error->message);
        cr_assert_null(strstr(error->message, "s3cr3t"), "%s", error->message);
    }
}

Test(profile_file, values)
{
    assert_line("k=v", "v");
    assert_line("k = v", "v");
    assert_line("k\t=\tv \t", "v");
    assert_line("k = v\r", "v");
    assert_line("k = v\r\n\r\n", "v");
    assert_line("K = v", "v");
    assert_line("k = v w", "v w");
    assert_line("k = a=b==", "a=b==");
    assert_line("k = \"v\"", "\"v\"");
    assert_line("k = [v]", "[v]");
    assert_line("k = /+:@%\\", "/+:@%\\");
    assert_line("k = \xc3\xa9", "\xc3\xa9");
    assert_line("k = \xff", "\xff");
    assert_line("k =", NULL);
    assert_line("k = \t", NULL);
    assert_line("other = v", NULL);
}

Test(profile_file, comments)
{
    assert_line("# k = w\n; k = x\nk = v\n#k = y\n", "v");
    assert_line("  # k = w\n\t; k = x\nk = v\n  # no part of it\n", "v");
    assert_line("k = v # c", "v");
    assert_line("k = v\t; c # d", "v");
    assert_line("k = v#c;d", "v#c;d");
    assert_line("k = # c", NULL);
    assert_line("k = v #", "v");
}

Test(profile_file, what_comes_again_replaces)
{
    g_autoptr(ProfileFile) file = parse(PROFILE_FILE_CREDENTIALS, "[p]\nk = 1\nK = 2\nl = 3\n"
                                                                  "[q]\nk = 4\n"
                                                                  "[p]\nk = 5\nm = 6\n");

    assert_value(file, "p", "k", "5");
    assert_value(file, "p", "l", "3");
    assert_value(file, "p", "m", "6");
    assert_value(file, "q", "k", "4");
    assert_value(file, "q", "m", NULL);
    assert_line("k = v\nk =\n", NULL);
}

Test(profile_file, continuations)
{
    assert_line("k = v\n w", "v\nw");
    assert_line("k = v # c\n\tw # no comment\n\n  x = y  \r\nl = 1", "v\nw # no comment\nx = y");
    assert_line("k = v\n [q]\n", "v\n[q]");
    assert_line("l = 1\nk = v\n", "v");
}

/* Sections whose settings are all indented: Python's configparser accepts them. */
Test(profile_file, indented_settings)
{
    assert_line("  l = 1\n  k = v\n", "v");
    assert_line("    l = 1\n  k = v\n", "v");
    assert_line("  l = 1\n    k = v\n", NULL);
    assert_line("  l = 1\n  [q]\nk = v\n", NULL);
}

Test(profile_file, nested)
{
    g_autoptr(ProfileFile) file = parse(PROFILE_FILE_CONFIG, "[profile p]\n"
                                                             "region = r\n"
                                                             "s3 =\n"
                                                             "  addressing_style = path\n"
                                                             "  # a comment\n"
                                                             "  empty =\n"
                                                             "\n"
                                                             "  AWS_access_key_id = x = y\n"
                                                             "output = json\n"
                                                             "[services p]\n"
                                                             "s3 =\n"
                                                             "\tendpoint_url = http://h:1 # c\n");

    cr_assert_str_eq(profile_file_get(file, PROFILE_SECTION_PROFILE, "p", "s3", "addressing_style"), "path");
    cr_assert_str_eq(profile_file_get(file, PROFILE_SECTION_PROFILE, "p", "S3", "aws_access_key_id"),
                     "x = y");
    cr_assert_null(profile_file_get(file, PROFILE_SECTION_PROFILE, "p", "s3", "empty"));
    cr_assert_null(profile_file_get(file, PROFILE_SECTION_PROFILE, "p", "s3", "region"));
    cr_assert_null(profile_file_get(file, PROFILE_SECTION_PROFILE, "p", "region", "addressing_style"));
    assert_value(file, "p", "s3", NULL);
    assert_value(file, "p", "aws_access_key_id", NULL);
    assert_value(file, "p", "output", "json");
    /* A nested value has no comments. */
    cr_assert_str_eq(profile_file_get(file, PROFILE_SECTION_SERVICES, "p", "s3", "endpoint_url"),
                     "http://h:1 # c");
    cr_assert_null(profile_file_get(file, PROFILE_SECTION_SERVICES, "q", "s3", "endpoint_url"));
}

static const char sections[] = "[default]\nk = default\n"
                               "[p]\nk = bare p\n"
                               "[profile q]\nk = profile q\n"
                               "[ profile\tr ] # a comment\nk = profile r\n"
                               "[profile \"two words\"]\nk = quoted\n"
                               "[profile 'x']\nk = single\n"
                               "[profile \"y]\nk = half\n"
                               "[services s]\nk = services\n"
                               "[sso-session s]\nk = sso\n"
                               "[profiles t]\nk = no such word\n"
                               "[profile ]\nk = no name\n"
                               "[]\nk = nothing\n";

Test(profile_file, sections_of_a_config_file)
{
    g_autoptr(ProfileFile) file = parse(PROFILE_FILE_CONFIG, sections);

    assert_value(file, "default", "k", "default");
    assert_value(file, "p", "k", NULL);
    assert_value(file, "q", "k", "profile q");
    assert_value(file, "r", "k", "profile r");
    assert_value(file, "two words", "k", "quoted");
    assert_value(file, "x", "k", "single");
    assert_value(file, "\"y", "k", "half");
    assert_value(file, "s", "k", NULL);
    assert_value(file, "", "k", NULL);
    assert_value(file, "profiles t", "k", NULL);
    cr_assert_str_eq(profile_file_get(file, PROFILE_SECTION_SERVICES, "s", "k", NULL), "services");
    cr_assert_str_eq(profile_file_get(file, PROFILE_SECTION_SSO_SESSION, "s", "k", NULL), "sso");
    cr_assert(profile_file_has(file, PROFILE_SECTION_PROFILE, "q"));
    cr_assert_not(profile_file_has(file, PROFILE_SECTION_PROFILE, "p"));
    cr_assert_not(profile_file_has(file, PROFILE_SECTION_SERVICES, "q"));
}

Test(profile_file, sections_of_a_credentials_file)
{
    g_autoptr(ProfileFile) file = parse(PROFILE_FILE_CREDENTIALS, sections);

    assert_value(file, "default", "k", "default");
    assert_value(file, "p", "k", "bare p");
    assert_value(file, "q", "k", NULL);
    assert_value(file, "profile q", "k", NULL);
    assert_value(file, "profiles t", "k", "no such word");
    assert_value(file, "", "k", NULL);
    cr_assert_not(profile_file_has(file, PROFILE_SECTION_SERVICES, "s"));
}

Test(profile_file, the_default_with_the_word_hides_the_bare_one)
{
    g_autoptr(ProfileFile) after =
        parse(PROFILE_FILE_CONFIG, "[default]\nk = bare\nl = bare\n[profile default]\nk = word\n");
    g_autoptr(ProfileFile) before =
        parse(PROFILE_FILE_CONFIG, "[profile default]\nk = word\n[default]\nk = bare\nl = bare\n");
    g_autoptr(ProfileFile) services =
        parse(PROFILE_FILE_CONFIG, "[services default]\nl = services\n[default]\nk = bare\n");

    assert_value(after, "default", "k", "word");
    assert_value(after, "default", "l", NULL);
    assert_value(before, "default", "k", "word");
    assert_value(before, "default", "l", NULL);
    assert_value(services, "default", "k", "bare");
    cr_assert_str_eq(profile_file_get(services, PROFILE_SECTION_SERVICES, "default", "l", NULL), "services");
}

Test(profile_file, a_byte_order_mark_and_no_newline_at_the_end)
{
    g_autoptr(ProfileFile) mark = parse(PROFILE_FILE_CONFIG, "\xef\xbb\xbf[default]\nk = v");
    g_autoptr(ProfileFile) empty = parse(PROFILE_FILE_CONFIG, "");
    g_autoptr(ProfileFile) blank = parse(PROFILE_FILE_CONFIG, "\xef\xbb\xbf\r\n \n\n");
    g_autoptr(ProfileFile) bare = parse(PROFILE_FILE_CONFIG, "[default]");

    assert_value(mark, "default", "k", "v");
    cr_assert_not(profile_file_has(empty, PROFILE_SECTION_PROFILE, "default"));
    cr_assert_not(profile_file_has(blank, PROFILE_SECTION_PROFILE, "default"));
    cr_assert(profile_file_has(bare, PROFILE_SECTION_PROFILE, "default"));
}

Test(profile_file, refusals_have_a_line_and_no_secret)
{
    assert_refused("\n[s3cr3t\n", "path:2: a section without its closing bracket");
    assert_refused("[default]\ns3cr3t\n", "path:2: neither");
    assert_refused("[default]\n= s3cr3t\n", "path:2: neither");
    assert_refused("[default]\n\n\nk: s3cr3t\n", "path:4: neither");
    assert_refused("[default]\ns3 =\n  s3cr3t\n", "path:3: neither");
    assert_refused("# c\nk = s3cr3t\n[default]\n", "path:2: a setting before the first [section]");
}

/* Sections that are skipped must still consist of settings, but indented lines below a setting may be
 * anything. */
Test(profile_file, sections_that_are_skipped)
{
    g_autoptr(ProfileFile) file =
        parse(PROFILE_FILE_CONFIG, "[preview]\ncloudsearch =\n  true\n[default]\nk = v\n");

    assert_value(file, "default", "k", "v");
    assert_value(file, "preview", "cloudsearch", NULL);
    assert_refused("[services]\nno setting\n", "path:2: neither");
}

Test(profile_file, limits)
{
    static const char nul[] = "[default]\nk=s\0t\n";
    g_autofree char *full = g_strnfill(PROFILE_FILE_MAX_BYTES, '\n');
    g_autofree char *big = g_strnfill(PROFILE_FILE_MAX_BYTES + 1, '\n');
    g_autofree char *huge = g_strnfill(4 * PROFILE_FILE_MAX_BYTES, '#');
    g_autoptr(ProfileFile) file = parse(PROFILE_FILE_CONFIG, full);
    g_autoptr(GError) error = NULL;

    cr_assert_not_null(file);
    assert_refused(big, "path: larger than");
    assert_refused(huge, "path: larger than");
    cr_assert_null(profile_file_parse(PROFILE_FILE_CONFIG, "path", nul, sizeof nul - 1, &error));
    cr_assert_str_eq(error->message, "path: contains a NUL byte");
}

Test(profile_file, files)
{
    g_autofree char *directory = g_dir_make_tmp("test-profile-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "config", NULL);
    g_autofree char *below = g_build_filename(path, "below", NULL);
    g_autoptr(ProfileFile) missing = profile_file_load(PROFILE_FILE_CONFIG, path, NULL);
    g_autofree char *big = g_strnfill(2 * PROFILE_FILE_MAX_BYTES, '\n');
    g_autoptr(ProfileFile) file = NULL, misplaced = NULL;
    g_autoptr(GError) error = NULL;

    cr_assert_not(profile_file_has(missing, PROFILE_SECTION_PROFILE, "default"));
    cr_assert(g_file_set_contents(path, "[default]\nk = v\n", -1, NULL));
    file = profile_file_load(PROFILE_FILE_CONFIG, path, NULL);
    assert_value(file, "default", "k", "v");
    misplaced = profile_file_load(PROFILE_FILE_CONFIG, below, NULL);
    cr_assert_not_null(misplaced);
    cr_assert_null(profile_file_load(PROFILE_FILE_CONFIG, directory, &error));
    cr_assert(g_str_has_prefix(error->message, directory), "%s", error->message);
    g_clear_error(&error);
    cr_assert(g_file_set_contents(path, big, -1, NULL));
    cr_assert_null(profile_file_load(PROFILE_FILE_CONFIG, path, &error));
    cr_assert(strstr(error->message, "larger than") != NULL, "%s", error->message);
    (void)g_unlink(path);
    (void)g_rmdir(directory);
}
