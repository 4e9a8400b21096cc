#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/jpeg_scans.h"
#include "tests/imaging/samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(jpeg_scans, .init = setup);

static void expect_scans(const void *bytes, gsize size, guint n)
{
    g_autofree guint8 *copy = g_memdup2(bytes, size);

    cr_expect(!jpeg_scans_exceed(copy, size, n), "no more than %u", n);
    cr_expect(n == 0 || jpeg_scans_exceed(copy, size, n - 1), "%u", n);
}

static void expect_scans_of(const char *suffix, guint n)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(90, 70, 1), suffix);

    expect_scans(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), n);
}

/* libjpeg's progression for three components has ten scans. */
Test(jpeg_scans, those_of_encoders)
{
    expect_scans_of(".jpg", 1);
    expect_scans_of(".jpg[restart_interval=2]", 1);
    expect_scans_of(".jpg[interlace]", 10);
}

#define SCAN "\xff\xda\0\2"

Test(jpeg_scans, only_real_ones_count)
{
    static const char stuffed[] = "\xff\xd8" SCAN "\xff\0\xff\xff\xd3\xff\1" SCAN "\xff\xd9" SCAN;
    static const char in_segment[] = "\xff\xd8\xff\xe1\0\6" SCAN SCAN;
    static const char garbage[] = "\xff\xd8who knows" SCAN "\xff\xff\xff\xda\0\2";

    expect_scans(stuffed, sizeof stuffed - 1, 2);
    expect_scans(in_segment, sizeof in_segment - 1, 1);
    expect_scans(garbage, sizeof garbage - 1, 2);
}

Test(jpeg_scans, files_that_end_anywhere)
{
    static const char file[] = "\xff\xd8\xff\xe1\0\4\1\2" SCAN "\xff\0\xff";

    for (gsize size = 0; size < sizeof file; size++)
        expect_scans(file, size, size < 10 ? 0 : 1);
    expect_scans("\xff\xd8\xff\xe1\xff\xff" SCAN, 10, 0);
    expect_scans("\xff\xd8\xff\xe1\0\1" SCAN, 10, 0);
}
