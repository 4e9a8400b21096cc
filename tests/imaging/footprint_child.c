/* Renders once in a process of its own, as in an imager, and prints the peak memory:
 *
 *   test_footprint_child FILE RECIPE...    each as "256x256 webp cover", with more of the words "lossless",
 *                                          "progressive", "palette", "linear", "p3", "svt" after it
 *
 * Prints the predicted bytes and the measured ones: the peak of resident memory less what was resident
 * before, plus the shared memory of source and outputs, of which only a part may be resident. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imaging/engine.h"
#include "imaging/heap.h"
#include "imaging/render.h"
#include "imaging/warm_up.h"

G_NORETURN static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static Recipe recipe_parse(const char *text)
{
    Recipe recipe = {.background = RECIPE_WHITE, .format = FORMAT_SOURCE};
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    if (sscanf(words[0], "%ux%u", &recipe.width, &recipe.height) != 2)
        die(text);
    for (char **word = words + 1; *word != NULL; word++) {
        for (int i = 0; i < (int)FORMAT_SOURCE; i++)
            if (strcmp(format_info((ImageFormat)i)->name, *word) == 0)
                recipe.format = (ImageFormat)i;
        recipe.lossless |= strcmp(*word, "lossless") == 0;
        recipe.progressive |= strcmp(*word, "progressive") == 0;
        recipe.palette |= strcmp(*word, "palette") == 0;
        recipe.linear |= strcmp(*word, "linear") == 0;
        if (strcmp(*word, "svt") == 0)
            recipe.encoder = ENCODER_SVT;
        if (strcmp(*word, "p3") == 0)
            recipe.profile = PROFILE_P3;
        if (strcmp(*word, "cover") == 0)
            recipe.fit = FIT_COVER;
    }
    return recipe;
}

static Blob *blob_read(const char *path)
{
    Blob *blob = blob_new("source", LIMIT_BLOB_BYTES, NULL);
    g_autofree char *bytes = NULL;
    gsize size = 0;

    if (blob == NULL || !g_file_get_contents(path, &bytes, &size, NULL) ||
        !blob_append(blob, bytes, size, NULL) || !blob_seal(blob, NULL))
        die(path);
    return blob;
}

/* Makes all pages resident. */
static void touch(const Blob *blob)
{
    const volatile guint8 *bytes = blob_data(blob);

    for (guint64 at = 0; at < blob_size(blob); at += 4096)
        (void)bytes[at];
}

/* Reads a field of /proc/self/status, in bytes. */
static guint64 status_bytes(const char *field)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL) || (line = strstr(text, field)) == NULL)
        die("/proc/self/status");
    return strtoull(line + strlen(field), NULL, 10) * 1024;
}

/* Resets VmHWM (proc(5), clear_refs). */
static void forget_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, "5", 1) != 1)
        die("/proc/self/clear_refs");
    close(fd);
}

int main(int argc, char **argv)
{
    const RenderLimits limits = {.max_pixels = 1000000000, .max_output_bytes = LIMIT_BLOB_BYTES};
    g_autoptr(GArray) recipes = g_array_new(FALSE, TRUE, sizeof(Recipe));
    g_autoptr(RenderResult) result = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) source = NULL;
    guint64 before, taken;

    if (argc < 3)
        die("FILE RECIPE...");
    for (int i = 2; i < argc; i++) {
        Recipe recipe = recipe_parse(argv[i]);

        g_array_append_val(recipes, recipe);
    }
    source = blob_read(argv[1]);
    heap_configure();
    if (!engine_start(&error) || !engine_warm_up(&error))
        die(error->message);
    touch(source);
    forget_peak();
    before = status_bytes("VmRSS:");
    result = render(blob_data(source), blob_size(source), (const Recipe *)recipes->data, recipes->len,
                    &limits, &error);
    if (result == NULL)
        die(error->message);
    taken = status_bytes("VmHWM:") - before + blob_size(source);
    for (guint i = 0; i < result->renditions->len; i++)
        taken += blob_size(((const Rendition *)result->renditions->pdata[i])->blob);
    printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", result->memory_bytes, taken);
    return 0;
}
