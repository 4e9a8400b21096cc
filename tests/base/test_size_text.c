#include <criterion/criterion.h>
#include <locale.h>

#include "base/size_text.h"

static const struct {
    guint64 size_bytes;
    const char *text;
} cases[] = {
    {0, "0 bytes"},
    {1, "1 byte"},
    {999, "999 bytes"},
    {1000, "1.0 kB"},
    {1049, "1.0 kB"},
    {1050, "1.1 kB"},
    {1999, "2.0 kB"},
    {246600, "246.6 kB"},
    {999949, "999.9 kB"},
    {999950, "1.0 MB"},
    {7700000, "7.7 MB"},
    {999949999, "999.9 MB"},
    {999950000, "1.0 GB"},
    {G_GUINT64_CONSTANT(1500000000000), "1.5 TB"},
    {G_GUINT64_CONSTANT(999950000000000000), "1.0 EB"},
    {G_MAXUINT64, "18.4 EB"},
};

Test(size_text, sizes_are_ascii_in_every_locale)
{
    static const char *const locales[] = {"C", "C.UTF-8", "de_DE.UTF-8", "de_DE"}; /* as far as installed */

    for (guint l = 0; l < G_N_ELEMENTS(locales); l++) {
        setlocale(LC_ALL, locales[l]);
        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
            g_autofree char *text = size_text(cases[i].size_bytes);

            cr_assert_str_eq(text, cases[i].text);
        }
    }
}
