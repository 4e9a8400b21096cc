/* Races between waiting for many futures and their completion, for the thread sanitizer. Exits 0 if each
 * future was returned once. */
#include <glib.h>
#include <pthread.h>

#include "base/clock.h"
#include "concurrent/futures.h"

enum { ROUNDS = 500, FUTURES = 20, WAITERS = 2 };

typedef struct {
    Future *futures[FUTURES];
    gboolean gives_up;
} Round;

static void *complete(void *data)
{
    Round *round = data;

    for (int i = 0; i < FUTURES; i++)
        if (future_begin(round->futures[i]))
            future_set_result(round->futures[i], g_variant_new_int32(i), NULL);
    return NULL;
}

static void *cancel(void *data)
{
    Round *round = data;

    for (int i = FUTURES - 1; i >= 0; i -= 3)
        (void)future_cancel(round->futures[i]);
    return NULL;
}

/* Some waiters leave early, while callbacks run. */
static void *collect(void *data)
{
    Round *round = data;
    g_autoptr(FuturesCompleted) iterator = futures_as_completed(round->futures, FUTURES, CLOCK_FOREVER);
    int wanted = round->gives_up ? FUTURES / 4 : FUTURES;
    guint seen = 0;

    for (int n = 0; n < wanted; n++) {
        g_autoptr(Future) future = futures_completed_next(iterator, NULL);
        guint i = 0;

        g_assert(future_done(future));
        while (round->futures[i] != future)
            i++;
        g_assert((seen & 1u << i) == 0);
        seen |= 1u << i;
    }
    g_assert(futures_wait(round->futures, FUTURES, CLOCK_FOREVER, FUTURES_FIRST_COMPLETED, NULL, NULL));
    return NULL;
}

int main(void)
{
    for (int n = 0; n < ROUNDS; n++) {
        Round round = {.gives_up = n % 2 == 1};
        pthread_t threads[WAITERS + 2];

        for (int i = 0; i < FUTURES; i++)
            round.futures[i] = future_new(NULL);
        for (int i = 0; i < WAITERS; i++)
            pthread_create(&threads[i], NULL, collect, &round);
        pthread_create(&threads[WAITERS], NULL, complete, &round);
        pthread_create(&threads[WAITERS + 1], NULL, cancel, &round);
        for (int i = 0; i < WAITERS + 2; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < FUTURES; i++)
            future_unref(round.futures[i]);
    }
    return 0;
}
