#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "config/config.h"
#include "daemon/upkeep/in_force.h"
#include "store/open.h"

static char *folder;
static GMainContext *context;
static RequestCounters counters;

static void setup(void)
{
    folder = g_dir_make_tmp("thumbmill-in-force-XXXXXX", NULL);
    context = g_main_context_new();
    cr_assert_not_null(folder);
}

static void teardown(void)
{
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", folder);

    cr_assert_eq(system(command), 0);
    g_main_context_unref(context);
    g_free(folder);
}

TestSuite(in_force, .init = setup, .fini = teardown);

/* The findings of one machine. */
typedef struct {
    Config *config;
    Store *store;
    InForce *in_force;
    gboolean is_done;
    GError *error;
    RecipeStanding before;
    RecipeStanding now; /* RECIPE_UNTRACKED if nothing could be read */
} Machine;

static void on_done(const InForceResult *result, const GError *error, void *data)
{
    Machine *machine = data;

    cr_assert(g_str_has_suffix(result->url, "/.thumbmill/recipes.json"), "%s", result->url);
    machine->is_done = TRUE;
    machine->error = error != NULL ? g_error_copy(error) : NULL;
    machine->now =
        result->recipes != NULL ? recipes_standing(result->recipes, machine->config, 0) : RECIPE_UNTRACKED;
    if (result->before != NULL)
        machine->before = result->before[0];
}

static void machine_start(Machine *machine, const char *quality, gboolean dry_run, gboolean waits)
{
    static const RecipeWish wishes[] = {RECIPE_WISH_REMAKE};
    g_autofree char *text = g_strdup_printf("source: {url: 's3://photos'}\ndestination: {url: 'file://%s/'}\n"
                                            "outputs: [{name: one, width: 3, quality: %s}]\n",
                                            folder, quality);
    g_autoptr(GError) error = NULL;

    *machine = (Machine){.config = config_parse(text, strlen(text), "c", &error)};
    cr_assert_not_null(machine->config, "%s", error != NULL ? error->message : "");
    machine->store = store_open(
        &(StoreOptions){.url = machine->config->destination.url, .context = context, .counters = &counters},
        &error);
    cr_assert_not_null(machine->store, "%s", error != NULL ? error->message : "");
    machine->in_force = in_force_new(&(InForceOptions){.config = machine->config,
                                                       .destination = machine->store,
                                                       .wishes = wishes,
                                                       .dry_run = dry_run,
                                                       .waits = waits,
                                                       .func = on_done,
                                                       .data = machine},
                                     context, &error);
    cr_assert_not_null(machine->in_force);
}

static void machine_finish(Machine *machine)
{
    while (!machine->is_done)
        g_main_context_iteration(context, TRUE);
}

static void machine_clear(Machine *machine)
{
    in_force_free(machine->in_force);
    store_close(machine->store);
    config_free(machine->config);
    g_clear_error(&machine->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Machine, machine_clear)

static char *content(void)
{
    g_autofree char *path = g_strconcat(folder, "/.thumbmill/recipes.json", NULL);
    char *text = NULL;

    (void)g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static void write_content(const char *text)
{
    g_autofree char *below = g_strconcat(folder, "/.thumbmill", NULL);
    g_autofree char *path = g_strconcat(below, "/recipes.json", NULL);

    cr_assert(g_mkdir_with_parents(below, 0700) == 0 && g_file_set_contents(path, text, -1, NULL));
}

/* A machine from beginning to end, which must succeed. */
static void run(const char *quality, RecipeStanding before)
{
    g_auto(Machine) machine;

    machine_start(&machine, quality, FALSE, FALSE);
    machine_finish(&machine);
    cr_assert_null(machine.error);
    cr_assert_eq(machine.before, before);
    cr_assert_eq(machine.now, RECIPE_PRESENT);
}

static guint entries(void)
{
    g_autofree char *text = content();
    g_auto(GStrv) parts = g_strsplit(text, "\"since\"", -1);

    return g_strv_length(parts) - 1;
}

Test(in_force, the_first_use_writes_and_the_second_does_not)
{
    g_autofree char *first = NULL, *second = NULL;

    run("70", RECIPE_FIRST);
    first = content();
    cr_assert_not_null(strstr(first, "\"since\": 0"), "%s", first);
    run("70", RECIPE_PRESENT);
    second = content();
    cr_assert_str_eq(first, second);
}

/* The second in which it came into force is over, by the clock of the file system. */
Test(in_force, a_changed_recipe_has_the_time_of_the_store)
{
    gint64 since_s, after_s;
    g_autofree char *text = NULL;

    run("70", RECIPE_FIRST);
    run("80", RECIPE_NEW);
    after_s = clock_wall_us() / CLOCK_US_PER_S;
    text = content();
    since_s = g_ascii_strtoll(strrchr(text, ':') + 1, NULL, 10);
    cr_assert_eq(entries(), 2);
    cr_assert(since_s < after_s && since_s > after_s - 60, "%s", text);
}

Test(in_force, a_plan_writes_nothing)
{
    g_autofree char *first = NULL, *second = NULL;
    g_auto(Machine) machine;

    run("70", RECIPE_FIRST);
    first = content();
    machine_start(&machine, "80", TRUE, TRUE);
    machine_finish(&machine);
    cr_assert_null(machine.error);
    cr_assert_eq(machine.before, RECIPE_NEW);
    cr_assert_eq(machine.now, RECIPE_PRESENT, "as if it were in force");
    second = content();
    cr_assert_str_eq(first, second);
}

/* The file is only as new as the folder that the test has seen before the release. */
Test(in_force, nothing_is_written_while_a_former_supervisor_works)
{
    g_auto(Machine) machine;
    gint64 end_us;

    run("70", RECIPE_FIRST);
    machine_start(&machine, "80", FALSE, TRUE);
    for (end_us = clock_now_us() + 200 * CLOCK_US_PER_MS; clock_now_us() < end_us;)
        (void)g_main_context_iteration(context, FALSE);
    cr_assert(!machine.is_done && entries() == 1);
    in_force_release(machine.in_force);
    in_force_release(machine.in_force);
    machine_finish(&machine);
    cr_assert_eq(entries(), 2);
}

Test(in_force, of_two_machines_at_once_one_writes)
{
    g_auto(Machine) one;
    g_auto(Machine) two;

    run("70", RECIPE_FIRST);
    machine_start(&one, "80", FALSE, FALSE);
    machine_start(&two, "80", FALSE, FALSE);
    machine_finish(&one);
    machine_finish(&two);
    cr_assert(one.error == NULL && two.error == NULL);
    cr_assert(one.now == RECIPE_PRESENT && two.now == RECIPE_PRESENT);
    cr_assert_eq(entries(), 2);
}

Test(in_force, machines_with_different_recipes_agree_on_an_order)
{
    g_auto(Machine) one;
    g_auto(Machine) two;

    run("70", RECIPE_FIRST);
    machine_start(&one, "80", FALSE, FALSE);
    machine_start(&two, "90", FALSE, FALSE);
    machine_finish(&one);
    machine_finish(&two);
    cr_assert(one.error == NULL && two.error == NULL);
    cr_assert(one.now == RECIPE_PRESENT || two.now == RECIPE_PRESENT);
    cr_assert_geq(entries(), 2);
}

Test(in_force, a_file_that_is_broken_stays)
{
    g_auto(Machine) machine;
    g_autofree char *text = NULL;

    write_content("broken");
    machine_start(&machine, "80", FALSE, FALSE);
    machine_finish(&machine);
    cr_assert_eq(error_class(machine.error), ERROR_INPUT);
    cr_assert_eq(machine.now, RECIPE_UNTRACKED);
    text = content();
    cr_assert_str_eq(text, "broken");
}

/* A hung machine, or one that does nothing else. */
Test(in_force, a_lock_that_is_never_released_ends_the_attempts)
{
    g_autofree char *below = g_strconcat(folder, "/.thumbmill", NULL);
    g_auto(Machine) machine;
    autofd int fd = -1;

    run("70", RECIPE_FIRST);
    fd = open(below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cr_assert(fd >= 0 && flock(fd, LOCK_EX) == 0);
    machine_start(&machine, "80", FALSE, FALSE);
    machine_finish(&machine);
    cr_assert_eq(error_class(machine.error), ERROR_PERMANENT);
    cr_assert_eq(machine.now, RECIPE_NEW, "it was read");
    cr_assert_eq(entries(), 1);
}

Test(in_force, a_link_in_place_of_the_file_leads_nowhere)
{
    g_autofree char *outside = g_strconcat(folder, "/outside", NULL);
    g_autofree char *below = g_strconcat(folder, "/.thumbmill", NULL);
    g_autofree char *link = g_strconcat(below, "/recipes.json", NULL);
    g_autofree char *text = NULL;

    cr_assert(g_mkdir(below, 0700) == 0 && g_file_set_contents(outside, "private", -1, NULL) &&
              symlink(outside, link) == 0);
    run("70", RECIPE_FIRST);
    cr_assert(g_file_get_contents(outside, &text, NULL, NULL));
    cr_assert_str_eq(text, "private");
    cr_assert_eq(entries(), 1);
}

Test(in_force, it_can_be_ended_at_any_time)
{
    for (guint rounds = 0; rounds < 12; rounds++) {
        g_auto(Machine) machine;

        machine_start(&machine, rounds % 2 == 0 ? "70" : "80", FALSE, rounds % 3 == 0);
        for (guint i = 0; i < rounds && !machine.is_done; i++)
            (void)g_main_context_iteration(context, FALSE);
    }
}
