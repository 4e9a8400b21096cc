/* Tasks that await each other: three sleep concurrently and are gathered, then one is cancelled. It takes as
 * long as the longest of them. */
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/task.h"

static GVariant *brew(void *arg, GError **error)
{
    int minutes = GPOINTER_TO_INT(arg);

    printf("tea of %d: begun\n", minutes);
    if (!task_sleep(minutes * 20 * CLOCK_US_PER_MS, error)) {
        printf("tea of %d: %s\n", minutes, (*error)->message);
        return NULL;
    }
    printf("tea of %d: ready\n", minutes);
    return g_variant_new_int32(minutes);
}

static GVariant *host(void *arg, GError **error)
{
    g_autoptr(Future) green = task_new(NULL, brew, GINT_TO_POINTER(2));
    g_autoptr(Future) black = task_new(NULL, brew, GINT_TO_POINTER(4));
    g_autoptr(Future) herbal = task_new(NULL, brew, GINT_TO_POINTER(3));
    g_autoptr(Future) forgotten = task_new(NULL, brew, GINT_TO_POINTER(1000));
    Future *served[] = {green, black, herbal};
    g_autoptr(Future) all = gather(served, G_N_ELEMENTS(served));
    GVariant *minutes = await(all, error);

    (void)arg;
    if (minutes == NULL)
        return NULL;
    task_cancel(forgotten);
    if (await(forgotten, NULL) != NULL || !future_cancelled(forgotten)) {
        error_set(error, ERROR_INTERNAL, "a cancelled task has succeeded");
        return NULL;
    }
    return g_variant_ref(minutes);
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Future) party = task_new(NULL, host, NULL);
    GVariant *minutes = loop_run_until_complete(loop_get(), party, &error);
    g_autofree char *text = NULL;

    loop_close(loop_get(), NULL);
    if (minutes == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    text = g_variant_print(minutes, FALSE);
    printf("served: %s\n", text);
    return 0;
}
