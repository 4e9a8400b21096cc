#include "daemon/flow/window.h"

/* A round has at least so many results: fewer say little. */
#define ROUND_MIN 16u

/* An imager that is busy for this share of the time is busy enough. */
#define BUSY_ENOUGH 0.95

/* What the window gets beyond what would just do. */
#define MARGIN 1.25

/* It grows at most by this factor at a time, for a guess from little is a bad one. */
#define GROWTH_MAX 4.0

/* The part of the gain that was hoped for without which it was none. */
#define GAIN_MIN 0.25

/* Rounds for which nothing more is tried after one that brought nothing. */
#define STAY_ROUNDS 16u

/* Sources that may wait for an imager on average; with more the window shrinks, down to a least. */
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

/* What is in flight by now says nothing of the new window. */
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

/* Sources that waited on average while an imager was busy. */
static double queue_length(const ImagerTimes *times)
{
    return times->busy_us > 0 ? (double)times->queued_us / (double)times->busy_us : 0;
}

/* If each task takes its time whatever the others do, imagers are busy in proportion to their number. */
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

/* The window grew before this round. FALSE if that was of no use, and has been undone. */
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

/* What the round that is over says. */
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
