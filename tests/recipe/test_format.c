#include <criterion/criterion.h>

#include "recipe/format.h"

Test(format, every_format_is_in_the_table)
{
    for (ImageFormat format = FORMAT_JPEG; format <= FORMAT_LAST; format++) {
        const FormatInfo *info = format_info(format);
        ImageFormat same = FORMAT_SOURCE;

        cr_assert_not_null(info->name);
        cr_expect_eq(info->quality != 0, (info->options & OPTION_QUALITY) != 0 && format != FORMAT_SOURCE);
        if (format == FORMAT_SOURCE)
            continue;
        cr_expect(g_str_has_prefix(info->content_type, "image/"));
        cr_expect(format_from_extension(info->extension, &same));
        cr_expect_eq(same, format);
    }
}

Test(format, extensions_are_known_in_all_spellings)
{
    ImageFormat format;

    cr_expect(format_from_extension("JPEG", &format) && format == FORMAT_JPEG);
    cr_expect(format_from_extension("Tiff", &format) && format == FORMAT_TIFF);
    cr_expect(format_from_extension("HEIF", &format) && format == FORMAT_HEIC);
    cr_expect(format_from_extension("HIF", &format) && format == FORMAT_HEIC);
    cr_expect(format_from_extension("jfif", &format) && format == FORMAT_JPEG);
    cr_expect(format_from_extension("jpe", &format) && format == FORMAT_JPEG);
    cr_expect(format_from_extension("apng", &format) && format == FORMAT_PNG);
    cr_expect_not(format_from_extension("svg", &format));
    cr_expect_not(format_from_extension("source", &format));
    cr_expect_not(format_from_extension("", &format));
}

Test(format, source_is_what_the_source_is)
{
    cr_expect_eq(format_resolve(FORMAT_SOURCE, FORMAT_PNG), FORMAT_PNG);
    cr_expect_eq(format_resolve(FORMAT_SOURCE, FORMAT_AVIF), FORMAT_AVIF);
    cr_expect_eq(format_resolve(FORMAT_SOURCE, FORMAT_HEIC), FORMAT_JPEG);
    cr_expect_eq(format_resolve(FORMAT_WEBP, FORMAT_PNG), FORMAT_WEBP);
}

Test(format, options_are_each_formats_own)
{
    cr_expect(format_has_option(FORMAT_PNG, OPTION_PALETTE));
    cr_expect_not(format_has_option(FORMAT_JPEG, OPTION_PALETTE));
    cr_expect_not(format_has_option(FORMAT_JPEG, OPTION_LOSSLESS));
    cr_expect(format_has_option(FORMAT_SOURCE, OPTION_LOSSLESS));
    cr_expect_not(format_has_option(FORMAT_GIF, OPTION_METADATA));
}

Test(format, known_extensions_are_those_that_are_found)
{
    guint n = 0;

    for (const char *extension; (extension = format_known_extension(n)) != NULL; n++) {
        ImageFormat format = FORMAT_SOURCE;

        cr_assert(format_from_extension(extension, &format), "%s", extension);
        cr_assert_neq(format, FORMAT_SOURCE);
    }
    cr_assert_eq(n, 14);
    cr_assert_null(format_known_extension(n + 1));
}
