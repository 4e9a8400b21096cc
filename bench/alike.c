/* Measures how similar the pictures of two folders are:
 *
 *   bench_alike FOLDER OTHER LEAST   both have the same names, such as thumbmill's outputs on two releases
 *
 * Prints each picture's size and the structural similarity of its luma in both, then the mean and the minimum
 * for each folder of pictures. Fails unless both have the same pictures of the same sizes, all with a
 * similarity above LEAST, such as 0.98. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "luma.h"

typedef struct {
    const char *roots[2];
    double least;
    double sum, worst; /* for the current folder */
    guint n, n_all, n_wrong;
} Comparison;

static gboolean read_luma(const char *root, const char *name, Luma *ret_luma)
{
    g_autofree char *path = g_build_filename(root, name, NULL);
    VipsImage *image = vips_image_new_from_file(path, NULL);

    if (image != NULL && luma_take(image, ret_luma))
        return TRUE;
    printf("%s: %s\n", path, vips_error_buffer());
    vips_error_clear();
    return FALSE;
}

static void compare_picture(Comparison *comparison, const char *name)
{
    Luma lumas[2] = {{0}};
    gboolean ok = TRUE;

    for (guint i = 0; i < 2; i++)
        ok = read_luma(comparison->roots[i], name, &lumas[i]) && ok;
    if (ok && (lumas[0].width != lumas[1].width || lumas[0].height != lumas[1].height)) {
        printf("%s: %zu x %zu and %zu x %zu\n", name, lumas[0].width, lumas[0].height, lumas[1].width,
               lumas[1].height);
        ok = FALSE;
    }
    if (ok) {
        const double similarity = luma_ssim(&lumas[0], &lumas[1]);

        printf("%.4f  %4zu x %4zu  %s\n", similarity, lumas[0].width, lumas[0].height, name);
        comparison->sum += similarity;
        comparison->worst = comparison->n++ == 0 ? similarity : MIN(comparison->worst, similarity);
        ok = similarity > comparison->least;
    }
    comparison->n_all++;
    comparison->n_wrong += !ok;
    luma_clear(&lumas[0]);
    luma_clear(&lumas[1]);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in either folder, sorted, without duplicates. Names that only one folder has are compared too, and
 * fail. */
static GPtrArray *list_names(const Comparison *comparison, const char *below)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < 2; i++) {
        g_autofree char *path = g_build_filename(comparison->roots[i], below, NULL);
        g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
        const char *name;

        while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
            if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static gboolean is_folder(const Comparison *comparison, const char *name)
{
    for (guint i = 0; i < 2; i++) {
        g_autofree char *path = g_build_filename(comparison->roots[i], name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            return TRUE;
    }
    return FALSE;
}

static void compare_folder(Comparison *comparison, const char *below)
{
    g_autoptr(GPtrArray) names = list_names(comparison, below);

    comparison->sum = comparison->n = 0;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *name = g_build_filename(below, g_ptr_array_index(names, i), NULL);

        if (!is_folder(comparison, name))
            compare_picture(comparison, name);
    }
    if (comparison->n > 0)
        printf("%s: %u pictures, mean %.4f, least %.4f\n", below, comparison->n,
               comparison->sum / comparison->n, comparison->worst);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *name = g_build_filename(below, g_ptr_array_index(names, i), NULL);

        if (is_folder(comparison, name))
            compare_folder(comparison, name);
    }
}

int main(int argc, char **argv)
{
    Comparison comparison = {0};

    if (argc != 4 || VIPS_INIT(argv[0]) != 0) {
        fprintf(stderr, "usage: bench_alike FOLDER OTHER LEAST\n");
        return 2;
    }
    comparison.roots[0] = argv[1];
    comparison.roots[1] = argv[2];
    comparison.least = g_ascii_strtod(argv[3], NULL);
    compare_folder(&comparison, "");
    printf("%u pictures, %u of them not as they should be\n", comparison.n_all, comparison.n_wrong);
    return comparison.n_all > 0 && comparison.n_wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
