/* Small files that need much memory or time. A file that announces too many pixels is refused by its header;
 * all others finish, within the memory that the limit of pixels implies. Real imagers are tested with them in
 * tests/daemon/stress_imager.c. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "bombs.h"
#include "imaging/engine.h"
#include "imaging/render.h"
#include "samples.h"
#include "tests/sanitizer.h"

/* 16 million pixels of 16 bits and four bands are 128 MiB. The address sanitizer surrounds each allocation with
 * memory of its own, and keeps what is freed for a while. */
#define MAX_PEAK_KIB (IS_SANITIZED ? 600 * 1024 : 200 * 1024)

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(bombs, .init = setup, .timeout = 280);

static const Recipe recipes[] = {
    {.width = 60, .height = 60, .fit = FIT_INSIDE, .format = FORMAT_JPEG, .quality = 80},
    {.width = 20, .height = 50, .fit = FIT_COVER, .format = FORMAT_WEBP, .quality = 80},
};

typedef struct {
    double cpu_seconds;
    long peak_kib;
} Spent;

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static long status_kib(const char *name)
{
    g_autofree char *text = NULL;

    cr_assert(g_file_get_contents("/proc/self/status", &text, NULL, NULL));
    return strtol(strstr(text, name) + strlen(name), NULL, 10);
}

static Spent spent_now(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (Spent){seconds(usage.ru_utime) + seconds(usage.ru_stime), status_kib("VmHWM:")};
}

/* Resets the peak of resident memory (proc(5), clear_refs). */
static void forget_peak(void)
{
    autofd int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

    cr_assert_eq(write(fd, "5", 1), 1);
}

static RenderResult *detonate(const Bomb *bomb, guint64 max_pixels, Spent *ret_spent, GError **error)
{
    const RenderLimits limits = {.max_pixels = max_pixels, .max_output_bytes = 1 << 20, .max_frames = 100};
    g_autoptr(GBytes) bytes = bomb->make();
    RenderResult *result;
    Spent before, after;

    (void)malloc_trim(0);
    forget_peak();
    before = spent_now();
    result = render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), recipes, G_N_ELEMENTS(recipes),
                    &limits, error);
    after = spent_now();
    *ret_spent = (Spent){after.cpu_seconds - before.cpu_seconds, after.peak_kib - before.peak_kib};
    return result;
}

Test(bombs, of_pixels_are_refused_by_their_header)
{
    for (const Bomb *bomb = bombs_of_pixels; bomb->name != NULL; bomb++) {
        g_autoptr(GError) error = NULL;
        Spent spent;

        cr_assert_null(detonate(bomb, 100000000, &spent, &error), "%s", bomb->name);
        cr_expect(error_class(error) == ERROR_LIMIT || error_class(error) == ERROR_INPUT, "%s: %s",
                  bomb->name, error->message);
        cr_expect_lt(spent.cpu_seconds, 0.5, "%s", bomb->name);
        cr_expect_lt(spent.peak_kib, 20 * 1024, "%s", bomb->name);
    }
}

Test(bombs, a_refusal_has_the_numbers)
{
    g_autoptr(GError) error = NULL;
    Spent spent;

    cr_assert_null(detonate(&bombs_of_pixels[0], 100000000, &spent, &error));
    cr_expect_str_eq(error->message, "60000 x 60000 = 3600000000 pixels exceed the limit of 100000000");
}

Test(bombs, within_the_limit_of_pixels_end)
{
    for (const Bomb *bomb = bombs_within_limits; bomb->name != NULL; bomb++) {
        g_autoptr(GError) error = NULL;
        Spent spent;
        g_autoptr(RenderResult) result = detonate(bomb, 16 << 20, &spent, &error);

        cr_expect(result != NULL || error_class(error) == ERROR_LIMIT || error_class(error) == ERROR_INPUT,
                  "%s: %s", bomb->name, error != NULL ? error->message : "");
        cr_expect_lt(spent.cpu_seconds, 10, "%s", bomb->name);
        cr_expect_lt(spent.peak_kib, MAX_PEAK_KIB, "%s", bomb->name);
    }
}

/* A PNG must be rendered nevertheless, or be refused as too large, as some decoders do: that shows that the
 * file is valid. */
Test(bombs, of_structure_end)
{
    for (const Bomb *bomb = bombs_of_structure; bomb->name != NULL; bomb++) {
        g_autoptr(GError) error = NULL;
        Spent spent;
        g_autoptr(RenderResult) result = detonate(bomb, 16 << 20, &spent, &error);

        cr_expect(result != NULL || error_class(error) == ERROR_LIMIT || error_class(error) == ERROR_INPUT,
                  "%s: %s", bomb->name, error != NULL ? error->message : "");
        cr_expect(result != NULL || !g_str_has_prefix(bomb->name, "png") || error_class(error) == ERROR_LIMIT,
                  "%s: %s", bomb->name, error != NULL ? error->message : "");
        cr_expect_lt(spent.cpu_seconds, 10, "%s: %.1f s", bomb->name, spent.cpu_seconds);
        cr_expect_lt(spent.peak_kib, MAX_PEAK_KIB, "%s: %ld MiB", bomb->name, spent.peak_kib / 1024);
    }
}

/* This file kept a decoder busy for more than a minute. */
Test(bombs, regression_jpeg_of_empty_scans)
{
    for (const Bomb *bomb = bombs_within_limits; bomb->name != NULL; bomb++) {
        g_autoptr(GError) error = NULL;
        Spent spent;

        if (!g_str_has_prefix(bomb->name, "jpeg"))
            continue;
        cr_assert_null(detonate(bomb, 16 << 20, &spent, &error));
        cr_expect_eq(error_class(error), ERROR_LIMIT);
        cr_expect_str_eq(error->message, "a JPEG with more than 100 scans");
    }
}
