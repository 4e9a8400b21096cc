/* Races on futures, for the thread sanitizer: a plain program, since Criterion does not run under it. Exits 0
 * if every future was completed exactly once and all waiters saw the same result. */
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/future.h"

enum { ROUNDS = 2000, WAITERS = 3 };

static atomic_int called;

static void count(Future *future, void *data)
{
    (void)data;
    g_assert(future_done(future));
    atomic_fetch_add(&called, 1);
}

static void *complete(void *data)
{
    Future *future = data;

    if (future_begin(future))
        future_set_result(future, g_variant_new_int32(7), NULL);
    future_unref(future);
    return NULL;
}

static void *cancel(void *data)
{
    gboolean cancelled = future_cancel(data);

    g_assert(!cancelled || future_cancelled(data));
    future_unref(data);
    return NULL;
}

static void *await(void *data)
{
    Future *future = data;
    g_autoptr(GError) error = NULL;
    GVariant *value;

    future_add_done_callback(future, count, NULL);
    value = future_result(future, CLOCK_FOREVER, &error);
    g_assert((value != NULL && g_variant_get_int32(value) == 7) || error_class(error) == ERROR_CANCELLED);
    future_unref(future);
    return NULL;
}

int main(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        Future *future = future_new(NULL);
        pthread_t threads[WAITERS + 2];

        for (int t = 0; t < WAITERS; t++)
            pthread_create(&threads[t], NULL, await, future_ref(future));
        pthread_create(&threads[WAITERS], NULL, complete, future_ref(future));
        pthread_create(&threads[WAITERS + 1], NULL, cancel, future_ref(future));
        for (int t = 0; t < WAITERS + 2; t++)
            pthread_join(threads[t], NULL);
        future_unref(future);
    }
    g_assert_cmpint(atomic_load(&called), ==, ROUNDS * WAITERS);
    return 0;
}
