/* Squares over a pool of processes. Its initializer gives each process, once, the data that all tasks share:
 * here the exponent. */
#include <stdio.h>

#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/pool.h"

enum { NUMBERS = 10 };

static gboolean set_exponent(Child *child, GVariant *args, void *data, GError **error)
{
    guint32 *exponent = data;

    (void)child;
    if (!g_variant_is_of_type(args, G_VARIANT_TYPE_UINT32)) {
        error_set(error, ERROR_CONFIG, "the exponent is no number");
        return FALSE;
    }
    *exponent = g_variant_get_uint32(args);
    return TRUE;
}

static void power(Call *call, GVariant *args, FdList *fds, void *data)
{
    const guint32 *exponent = data;
    gint64 result = 1;

    (void)fds;
    for (guint32 i = 0; i < *exponent; i++)
        result *= g_variant_get_int64(args);
    call_return(call, g_variant_new_int64(result), NULL);
}

static gboolean print_squares(Pool *pool, GError **error)
{
    gint64 numbers[NUMBERS];
    g_autoptr(GVariant) squares = NULL;

    for (gint64 i = 0; i < NUMBERS; i++)
        numbers[i] = i;
    squares = pool_map(pool, "power",
                       g_variant_new_fixed_array(G_VARIANT_TYPE_INT64, numbers, NUMBERS, sizeof numbers[0]),
                       0, error);
    if (squares == NULL)
        return FALSE;
    for (gsize i = 0; i < g_variant_n_children(squares); i++) {
        gint64 square;

        g_variant_get_child(squares, i, "x", &square);
        printf("%" G_GINT64_FORMAT "\n", square);
    }
    pool_close(pool);
    return pool_join(pool, error);
}

int main(int argc, char **argv)
{
    static guint32 exponent;
    static const CallTarget targets[] = {{"power", "x", power}};
    static const ChildOptions child = {.initializer = set_exponent,
                                       .table = {targets, G_N_ELEMENTS(targets), &exponent}};
    g_autoptr(Pool) pool = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    if (child_serve_if_spawned(argc, argv, &child, &status))
        return status;
    pool = pool_new(&(PoolOptions){.initializer_args = g_variant_new_uint32(2)}, NULL);
    if (!print_squares(pool, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    return 0;
}
