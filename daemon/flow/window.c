#include "daemon/flow/window.h"

/* Minimum number of results in a round: fewer say little. */
#define ROUND_MIN 16u

/* An imager that is busy for this share of the time is busy enough. */
#define BUSY_ENOUGH 0.95

/* Factor by which the window exceeds the size that would be just enough. */
#define MARGIN 1.25

/* Maximum growth in one step: an estimate from little data is a bad one. */
#define GROWTH_MAX 4.0

/* Fraction of the expected gain that a growth must reach to count as a success. */
#define GAIN_MIN 0.25

/* Rounds without another attempt after a growth that did not help. */
#define STAY_ROUNDS 16u

/* Sources that may wait for an imager on average. With more, the window shrinks, down to TASKS_MIN. */
#define QUEUE_MAX 4.0
#define TASKS_MIN 2u

void window_init(Window *window, guint fixed, guint most)
{
    *window =
        (Window){.tasks = MIN(fixed != 0 ? fixed : WINDOW_START, most), .most = most, .is_fixed = fixed != 0};
}

static void begin_round(Window *window)
{
    window->n_results = 0;
    window->times = (ImagerTimes){0};
    window->lacked_work = FALSE;
}

/* Results of tasks that are in flight now say nothing about the new window. */
static void set_tasks(Window *window, guint tasks, guint n_workers)
{
    window->settling = window->tasks * n_workers;
    window->tasks = tasks;
}

static double busy_share(const ImagerTimes *times)
{
    const double all_us = (double)times->idle_us + (double)times->busy_us;

    return all_us > 0 ? (double)times->busy_us / all_us : 1;
}

/* Average number of sources that waited while an imager was busy. */
static double queue_length(const ImagerTimes *times)
{
    return times->busy_us > 0 ? (double)times->queued_us / (double)times->busy_us : 0;
}

/* If each task takes the same time regardless of the others, the imagers' busy time is proportional to the
 * number of tasks. */
static guint tasks_wanted(const Window *window, double busy)
{
    const double factor = MIN(MARGIN / MAX(busy, MARGIN / GROWTH_MAX), GROWTH_MAX);

    return CLAMP((guint)((double)window->tasks * factor + 0.5), window->tasks + 1, window->most);
}

static gboolean growth_paid(const Window *window, double busy)
{
    const double hoped = MIN(1, window->busy_before * (double)window->tasks / (double)window->tried_from) -
                         window->busy_before;

    return busy >= window->busy_before + GAIN_MIN * hoped;
}

static void grow(Window *window, double busy, guint n_workers)
{
    window->tried_from = window->tasks;
    window->busy_before = busy;
    set_tasks(window, tasks_wanted(window, busy), n_workers);
}

static void shrink(Window *window, double queue, guint n_workers)
{
    const guint surplus = (guint)(queue / 2);

    set_tasks(window, MAX(TASKS_MIN, window->tasks - MIN(surplus, window->tasks)), n_workers);
}

/* The window grew before this round. FALSE if that did not help, and has been undone. */
static gboolean judge_growth(Window *window, double busy, guint n_workers)
{
    const gboolean paid = growth_paid(window, busy);

    if (!paid) {
        window->rounds_to_stay = STAY_ROUNDS;
        set_tasks(window, window->tried_from, n_workers);
    }
    window->tried_from = 0;
    return paid;
}

/* Evaluates the round that has just ended. */
static void conclude(Window *window, guint n_workers)
{
    const double busy = busy_share(&window->times);
    const double queue = queue_length(&window->times);

    if (window->tried_from != 0 && !judge_growth(window, busy, n_workers))
        return;
    if (window->rounds_to_stay > 0)
        window->rounds_to_stay--;
    else if (busy < BUSY_ENOUGH && window->tasks < window->most)
        grow(window, busy, n_workers);
    if (busy >= BUSY_ENOUGH && queue > QUEUE_MAX && window->tasks > TASKS_MIN)
        shrink(window, queue, n_workers);
}

gboolean window_take(Window *window, const ImagerTimes *times, guint n_workers)
{
    const guint tasks = window->tasks;

    if (window->is_fixed)
        return FALSE;
    if (window->settling > 0) {
        window->settling--;
        return FALSE;
    }
    window->times.idle_us += times->idle_us;
    window->times.busy_us += times->busy_us;
    window->times.queued_us += times->queued_us;
    if (++window->n_results < MAX(ROUND_MIN, window->tasks * n_workers))
        return FALSE;
    if (!window->lacked_work)
        conclude(window, n_workers);
    begin_round(window);
    return window->tasks != tasks;
}

void window_lacks_work(Window *window)
{
    window->lacked_work = TRUE;
}
