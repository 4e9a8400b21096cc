#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "daemon/flow/room.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)

static const ResourceLimits none = {G_MAXUINT64, G_MAXUINT64, G_MAXUINT64};

static Room find(const ResourceLimits *limits, guint n_workers, guint n_outputs)
{
    g_autoptr(GError) error = NULL;
    Room room = {0};

    cr_assert(room_find(limits, n_workers, n_outputs, &room, &error), "%s",
              error != NULL ? error->message : "");
    return room;
}

Test(room, without_limits_there_is_room_for_all)
{
    const Room room = find(&none, LIMIT_WORKERS, LIMIT_OUTPUTS);

    cr_expect_eq(room.workers, LIMIT_WORKERS);
    cr_expect_eq(room.tasks, LIMIT_TASKS_IN_FLIGHT);
    cr_expect_eq(room.memory_bytes, G_MAXUINT64);
}

/* The usual limits, as described in the manual. */
Test(room, descriptors_limit_the_tasks_by_their_outputs)
{
    const ResourceLimits small = {.descriptors = 64, .tasks = G_MAXUINT64, .memory_bytes = G_MAXUINT64};
    const ResourceLimits usual = {.descriptors = 1024, .tasks = G_MAXUINT64, .memory_bytes = G_MAXUINT64};

    cr_expect_eq(find(&small, 2, 1).tasks, 2);
    cr_expect_eq(find(&usual, 2, 1).tasks, LIMIT_TASKS_IN_FLIGHT);
    cr_expect_eq(find(&usual, 2, 3).tasks, LIMIT_TASKS_IN_FLIGHT);
    cr_expect_eq(find(&usual, 2, LIMIT_OUTPUTS).tasks, 5);
}

/* For all numbers, the descriptors of each process stay within the limit, and a higher limit never yields
 * less. */
Test(room, what_is_found_fits)
{
    for (guint n_outputs = 1; n_outputs <= LIMIT_OUTPUTS; n_outputs += 3) {
        for (guint n_workers = 1; n_workers <= LIMIT_WORKERS; n_workers *= 2) {
            Room last = {0};

            for (guint64 descriptors = 0; descriptors < 20000; descriptors += 1 + descriptors / 8) {
                const ResourceLimits limits = {descriptors, G_MAXUINT64, G_MAXUINT64};
                Room room;

                if (!room_find(&limits, n_workers, n_outputs, &room, NULL)) {
                    cr_assert_eq(last.workers, 0, "more descriptors, and no room");
                    continue;
                }
                cr_assert(room.workers >= MAX(last.workers, 1) && room.workers <= n_workers);
                cr_assert(room.tasks >= MAX(last.tasks, 1) && room.tasks <= LIMIT_TASKS_IN_FLIGHT);
                cr_assert_geq(room.head_requests, 1);
                cr_assert_leq(room.tasks * (5 + 2 * n_outputs) + 32 + 3 * (n_outputs + 3), descriptors);
                cr_assert_leq(room.workers * 6 + room.head_requests * 3 + 36, descriptors);
                last = room;
            }
            cr_assert_geq(last.workers, MIN(n_workers, 1024));
        }
    }
}

Test(room, processes_limit_the_workers)
{
    const ResourceLimits limits = {.descriptors = 1024, .tasks = 45, .memory_bytes = G_MAXUINT64};

    cr_expect_eq(find(&limits, 16, 1).workers, 4);
    cr_expect_eq(find(&limits, 2, 1).workers, 2);
}

Test(room, memory_of_a_process_limits_what_a_rendering_may_take)
{
    const ResourceLimits limits = {.descriptors = 1024, .tasks = 45, .memory_bytes = 1024 * MIB};

    cr_expect_eq(find(&limits, 2, 1).memory_bytes, 512 * MIB);
}

Test(room, none_at_all_names_the_limit)
{
    static const struct {
        ResourceLimits limits;
        const char *words;
    } cases[] = {
        {{38, G_MAXUINT64, G_MAXUINT64}, "ulimit -n"},
        {{44, G_MAXUINT64, G_MAXUINT64}, "ulimit -n"},
        {{1024, 9, G_MAXUINT64}, "ulimit -u"},
        {{1024, G_MAXUINT64, 512 * MIB}, "ulimit -v"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        Room room;

        cr_assert_not(room_find(&cases[i].limits, 4, 1, &room, &error), "case %zu", i);
        cr_assert_eq(error_class(error), ERROR_LIMIT);
        cr_assert(strstr(error->message, cases[i].words) != NULL, "%s", error->message);
    }
}
