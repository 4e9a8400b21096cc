/* Freed memory is returned to the system: the size of an imager after 5,000 images of every format and size
 * is at most 1.3 times that after 500.
 *
 *   stress_memory [IMAGES]
 *
 * A plain executable, like an imager, because Criterion's allocations would disturb the measurement.
 * `stress_memory 5000 plain` does not configure malloc(), for comparison. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "imaging/engine.h"
#include "imaging/heap.h"
#include "imaging/warm_up.h"
#include "samples.h"

#define N_IMAGES    5000u
#define N_WARM      500u
#define MOST_GROWTH 1.3

/* Number of sizes for each format. */
#define N_SIZES 4u

static const char *const suffixes[] = {
    ".jpg",
    ".jpg[interlace]",
    ".png",
    ".png[interlace]",
    ".webp",
    ".webp[lossless]",
    ".gif",
    ".tif[compression=lzw]",
    ".tif[compression=deflate,tile]",
    ".heic[Q=50,effort=0]",
    ".avif[Q=50,effort=0]",
};

/* Rare images, large enough for arrays of every kind. */
static const char *const large_suffixes[] = {".jpg", ".jpg[interlace]", ".png[compression=1]",
                                             ".webp[effort=0]"};

static const Recipe recipes[] = {
    {.width = 160, .height = 160, .fit = FIT_INSIDE, .format = FORMAT_JPEG, .quality = 80},
    {.width = 80, .height = 60, .fit = FIT_COVER, .format = FORMAT_WEBP, .quality = 80},
    {.width = 40, .height = 40, .fit = FIT_CONTAIN, .format = FORMAT_PNG},
};

static GPtrArray *make_samples(GRand *dice)
{
    GPtrArray *samples = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    for (guint i = 0; i < G_N_ELEMENTS(suffixes) * N_SIZES; i++)
        g_ptr_array_add(samples, sample_save(sample_noise(g_rand_int_range(dice, 60, 500),
                                                          g_rand_int_range(dice, 60, 500), (int)i),
                                             suffixes[i / N_SIZES]));
    for (guint i = 0; i < G_N_ELEMENTS(large_suffixes); i++)
        g_ptr_array_add(samples,
                        sample_save(sample_noise(3000 + 400 * (int)i, 2000, (int)i), large_suffixes[i]));
    return samples;
}

static guint64 resident_bytes(void)
{
    static const char label[] = "RssAnon:";
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL) || (line = strstr(text, label)) == NULL)
        abort();
    return strtoull(line + strlen(label), NULL, 10) * 1024;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void render_one(GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RenderResult) result = sample_render_all(bytes, recipes, G_N_ELEMENTS(recipes), &error);

    if (result == NULL) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

/* Picks a small image in most cases, sometimes a large one. */
static GBytes *pick(const GPtrArray *samples, GRand *dice)
{
    const guint n_large = G_N_ELEMENTS(large_suffixes);
    const guint n_small = samples->len - n_large;

    if (g_rand_int_range(dice, 0, 100) == 0)
        return samples->pdata[n_small + (guint)g_rand_int_range(dice, 0, (gint32)n_large)];
    return samples->pdata[g_rand_int_range(dice, 0, (gint32)n_small)];
}

int main(int argc, char **argv)
{
    const guint n_images = argc > 1 ? (guint)strtoul(argv[1], NULL, 10) : N_IMAGES;
    GRand *dice = g_rand_new_with_seed(7);
    GPtrArray *samples;
    guint64 warm = 0, end = 0;
    double cpu_s;

    if (argc < 3)
        heap_configure();
    if (!engine_start(NULL) || !engine_warm_up(NULL))
        return 1;
    samples = make_samples(dice);
    cpu_s = cpu_seconds();
    for (guint i = 1; i <= n_images; i++) {
        render_one(pick(samples, dice));
        end = resident_bytes();
        if (i == N_WARM)
            warm = end;
        if (i % N_WARM == 0)
            printf("%5u images: %.1f MB\n", i, (double)end / 1e6);
    }
    printf("%.2f ms of CPU for each\n", (cpu_seconds() - cpu_s) * 1000 / n_images);
    g_ptr_array_unref(samples);
    g_rand_free(dice);
    return (double)end <= MOST_GROWTH * (double)warm ? 0 : 1;
}
