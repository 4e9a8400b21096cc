#include <criterion/criterion.h>

#include "base/limits.h"
#include "daemon/flow/window.h"

/* Workers whose tasks take latency_us each, plus render_us for rendering; together they do at most ceiling
 * tasks per second (0 for no limit). */
typedef struct {
    guint n_workers;
    double latency_us;
    double render_us;
    double ceiling;
} World;

/* The imager times of one result with this many tasks in flight: per second, each worker completes as many
 * tasks as its number of tasks, its imager and the ceiling permit (Little's law). */
static ImagerTimes result_of(const World *world, guint tasks)
{
    const double by_tasks = tasks * 1e6 / (world->latency_us + world->render_us);
    const double by_imager = 1e6 / world->render_us;
    double rate = MIN(by_tasks, by_imager);

    if (world->ceiling > 0)
        rate = MIN(rate, world->ceiling / world->n_workers);
    return (ImagerTimes){
        .idle_us = (guint64)(1e6 / rate - world->render_us + 0.5),
        .busy_us = (guint64)world->render_us,
        .queued_us = rate < by_imager ? 0
                                      : (guint64)(world->render_us *
                                                  MAX(tasks - 1 - world->latency_us / world->render_us, 0)),
    };
}

/* Returns the window after n results, and the largest one on the way. */
static guint run(Window *window, const World *world, guint n, guint *ret_largest)
{
    guint largest = window->tasks;

    for (guint i = 0; i < n; i++) {
        const ImagerTimes times = result_of(world, window->tasks);

        window_take(window, &times, world->n_workers);
        largest = MAX(largest, window->tasks);
    }
    if (ret_largest != NULL)
        *ret_largest = largest;
    return window->tasks;
}

Test(window, no_latency_needs_no_growth)
{
    const World world = {2, 1000, 10000, 0};
    Window window;
    guint largest;

    window_init(&window, 0, LIMIT_TASKS_IN_FLIGHT);
    cr_expect_eq(run(&window, &world, 5000, &largest), WINDOW_START);
    cr_expect_eq(largest, WINDOW_START);
}

Test(window, grows_to_what_latency_asks_for_and_stops_there)
{
    /* two round trips of 50 ms each for 10 ms of work: 11 tasks are needed */
    const World world = {2, 100000, 10000, 0};
    Window window;
    guint largest;

    window_init(&window, 0, LIMIT_TASKS_IN_FLIGHT);
    cr_expect_geq(run(&window, &world, 300, NULL), 11, "soon");
    cr_expect_leq(run(&window, &world, 10000, &largest), 16);
    cr_expect_geq(window.tasks, 11);
    cr_expect_leq(largest, 24);
}

Test(window, has_a_limit)
{
    const World world = {4, 2000000, 5000, 0};
    Window window;

    window_init(&window, 0, LIMIT_TASKS_IN_FLIGHT);
    cr_expect_eq(run(&window, &world, 10000, NULL), LIMIT_TASKS_IN_FLIGHT);
}

Test(window, where_something_else_is_the_limit_growth_is_undone)
{
    /* the server does 40 tasks per second, however many requests are in flight: imagers are idle 80 % of the
     * time */
    const World world = {2, 100000, 10000, 40};
    Window window;
    guint largest;

    window_init(&window, 0, LIMIT_TASKS_IN_FLIGHT);
    (void)run(&window, &world, 20000, &largest);
    cr_expect_leq(window.tasks, 4 * WINDOW_START, "%u", window.tasks);
    cr_expect_leq(largest, 4 * WINDOW_START, "tried, and given up");
}

Test(window, follows_when_latency_changes)
{
    World world = {2, 1000, 10000, 0};
    Window window;

    window_init(&window, 0, LIMIT_TASKS_IN_FLIGHT);
    (void)run(&window, &world, 1000, NULL);
    world.latency_us = 200000;
    cr_expect_geq(run(&window, &world, 2000, NULL), 21);
    world.latency_us = 1000;
    cr_expect_leq(run(&window, &world, 5000, NULL), 8, "and back: %u", window.tasks);
}

Test(window, what_lacked_work_says_nothing)
{
    const World world = {1, 100000, 10000, 0};
    Window window;

    window_init(&window, 0, LIMIT_TASKS_IN_FLIGHT);
    for (guint i = 0; i < 1000; i++) {
        const ImagerTimes times = result_of(&world, window.tasks);

        window_lacks_work(&window);
        cr_assert(!window_take(&window, &times, 1));
    }
    cr_expect_eq(window.tasks, WINDOW_START);
}

Test(window, a_fixed_one_stays)
{
    const World world = {2, 200000, 1000, 0};
    Window window;

    window_init(&window, 7, LIMIT_TASKS_IN_FLIGHT);
    cr_expect_eq(run(&window, &world, 5000, NULL), 7);
}

Test(window, any_numbers_of_a_worker_are_survived)
{
    static const guint64 values[] = {0, 1, 1000, G_MAXINT64, G_MAXUINT64};
    Window window;

    window_init(&window, 0, LIMIT_TASKS_IN_FLIGHT);
    for (guint i = 0; i < 5 * 5 * 5 * 100; i++) {
        const ImagerTimes times = {values[i % 5], values[i / 5 % 5], values[i / 25 % 5]};

        (void)window_take(&window, &times, 3);
        cr_assert_geq(window.tasks, 2);
        cr_assert_leq(window.tasks, LIMIT_TASKS_IN_FLIGHT);
    }
}

/* However idle the imagers are, the window keeps its limit. */
Test(window, has_no_more_than_there_is_room_for)
{
    const World world = {2, 500000, 10000, 0};
    Window window;
    guint largest;

    for (guint most = 1; most <= 9; most += 4) {
        window_init(&window, 0, most);
        (void)run(&window, &world, 5000, &largest);
        cr_expect_eq(largest, most);
        window_init(&window, 7, most);
        cr_expect_eq(run(&window, &world, 5000, &largest), MIN(7, most));
    }
}
