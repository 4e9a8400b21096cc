#include <criterion/criterion.h>

#include "daemon/dispatch/backlog.h"

static WorkObject *object(const char *key, guint64 memory_bytes)
{
    WorkObject *made = g_new0(WorkObject, 1);

    made->key = g_strdup(key);
    made->outputs = g_array_new(FALSE, FALSE, sizeof(DiffOutput));
    made->memory_bytes = memory_bytes;
    return made;
}

static void expect_next(Backlog *backlog, const Admission *admission, const char *key)
{
    WorkObject *next = backlog_take(backlog, admission);

    cr_expect_str_eq(next != NULL ? next->key : "(none)", key);
    work_object_free(next);
}

/* A budget of 100 for each of 2 workers, and 200 for heavy objects. */
static Admission two_workers(void)
{
    Admission admission;

    admission_init(&admission, 400, 2);
    return admission;
}

Test(backlog, light_ones_begin_in_their_order_and_the_first_before_all)
{
    const Admission admission = two_workers();
    Backlog backlog = {0};

    backlog_add(&backlog, object("a", 0));
    backlog_add(&backlog, object("b", 0));
    backlog_add_first(&backlog, object("seen", 0));
    cr_expect_eq(backlog_count(&backlog), 3);
    expect_next(&backlog, &admission, "seen");
    expect_next(&backlog, &admission, "a");
    expect_next(&backlog, &admission, "b");
    expect_next(&backlog, &admission, "(none)");
    cr_expect_eq(backlog_count(&backlog), 0);
}

Test(backlog, a_heavy_one_begins_when_there_is_memory_and_others_meanwhile)
{
    Admission admission = two_workers();
    Backlog backlog = {0};

    backlog_add(&backlog, object("light", 0));
    backlog_add(&backlog, object("heavy", 150));
    backlog_add(&backlog, object("heavier", 200));
    admission_begin(&admission, 300); /* another heavy object is in flight */
    expect_next(&backlog, &admission, "light");
    expect_next(&backlog, &admission, "(none)");
    admission_end(&admission, 300, admission.epoch);
    expect_next(&backlog, &admission, "heavy");
    expect_next(&backlog, &admission, "heavier");
}

Test(backlog, what_waits_is_freed_with_it)
{
    Backlog backlog = {0};

    backlog_add(&backlog, object("light", 0));
    backlog_add(&backlog, object("heavy", 150));
    backlog_clear(&backlog);
    cr_expect_eq(backlog_count(&backlog), 0);
}
