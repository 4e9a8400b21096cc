/* Worker objects: each is a struct that begins with a Thread, and holds the thread's input and output. All
 * are started before the first is joined. */
#include <stdio.h>

#include "concurrent/thread.h"

typedef struct {
    Thread thread;
    guint n;
    guint64 result;
} Fibonacci;

static void fibonacci_run(Thread *thread)
{
    Fibonacci *worker = (Fibonacci *)thread;
    guint64 next = 1;

    for (guint i = 0; i < worker->n; i++) {
        guint64 sum = worker->result + next;

        worker->result = next;
        next = sum;
    }
}

int main(void)
{
    Fibonacci workers[] = {{.n = 10}, {.n = 50}, {.n = 90}};
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(workers); i++) {
        thread_init(&workers[i].thread, NULL, FALSE, fibonacci_run);
        if (!thread_start(&workers[i].thread, &error)) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(workers); i++) {
        thread_clear(&workers[i].thread); /* joins the thread */
        printf("fibonacci(%u) = %" G_GUINT64_FORMAT "\n", workers[i].n, workers[i].result);
    }
    return 0;
}
