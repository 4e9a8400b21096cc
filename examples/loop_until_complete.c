/* A loop that runs until a future is done, like this one of asyncio:
 *
 *     loop = asyncio.new_event_loop()
 *     loop.call_later(0.1, set_result, future, "Future is done!")
 *     print(loop.run_until_complete(future))
 *     loop.close()
 */
#include <stdio.h>

#include "base/clock.h"
#include "concurrent/loop.h"

static void say(void *text)
{
    puts(text);
}

static void complete(void *future)
{
    future_set_result(future, g_variant_new_string("Future is done!"), NULL);
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Loop) loop = loop_new(NULL, &error);
    g_autoptr(Future) future = NULL;
    char hello[] = "the loop runs";
    GVariant *result;

    if (loop == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    future = loop_create_future(loop);
    loop_call_soon(loop, say, hello, NULL, NULL);
    loop_call_later(loop, 100 * CLOCK_US_PER_MS, complete, future, NULL, NULL);
    result = loop_run_until_complete(loop, future, &error);
    if (result == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    puts(g_variant_get_string(result, NULL));
    loop_close(loop, NULL);
    return 0;
}
