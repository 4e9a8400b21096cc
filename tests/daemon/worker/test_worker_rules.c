/* Access that a worker's sandbox allows. The sandbox itself is not entered (tests/hostile does that): it
 * is asked which rules it is given. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "daemon/worker/worker_rules.h"

static GPtrArray *given; /* of char: "read /path", "change /path", "execute /path" */
static guint16 ports[8];
static gsize n_ports;
static Privileges privileges;
static gboolean is_refused;

gboolean __wrap_sandbox_enter_worker(const SandboxRules *open, Privileges kept, SandboxDemand demand,
                                     SandboxState *ret_state, GError **error);

gboolean __wrap_sandbox_enter_worker(const SandboxRules *open, Privileges kept, SandboxDemand demand,
                                     SandboxState *ret_state, GError **error)
{
    static const char *const names[] = {
        [SANDBOX_READ] = "read", [SANDBOX_CHANGE] = "change", [SANDBOX_EXECUTE] = "execute"};

    (void)demand;
    if (is_refused) {
        error_set(error, ERROR_CONFIG, "no Landlock");
        return FALSE;
    }
    given = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < open->n_paths; i++)
        g_ptr_array_add(given, g_strdup_printf("%s %s", names[open->paths[i].access], open->paths[i].path));
    n_ports = open->n_ports;
    cr_assert_leq(n_ports, G_N_ELEMENTS(ports));
    if (n_ports > 0)
        memcpy(ports, open->ports, n_ports * sizeof *ports);
    privileges = kept;
    *ret_state = (SandboxState){0};
    return TRUE;
}

static gboolean has(const char *access, const char *path)
{
    g_autofree char *rule = g_strdup_printf("%s %s", access, path);

    return g_ptr_array_find_with_equal_func(given, rule, g_str_equal, NULL);
}

static char *folder;

static void setup(void)
{
    folder = g_dir_make_tmp("test-worker-rules-XXXXXX", NULL);
}

static void teardown(void)
{
    g_autofree char *command = g_strconcat("rm -rf ", folder, NULL);

    g_clear_pointer(&given, g_ptr_array_unref);
    cr_assert_eq(system(command), 0);
    g_free(folder);
}

TestSuite(worker_rules, .init = setup, .fini = teardown);

static WorkerRules *enter(const WorkerReach *reach)
{
    SandboxState state;
    WorkerRules *rules = worker_rules_enter(reach, &state, NULL);

    cr_assert_not_null(rules);
    return rules;
}

Test(worker_rules, of_buckets_only_ports_are_open)
{
    const guint16 wanted[] = {443, 8000};
    WorkerRules *rules = enter(&(WorkerReach){.ca_files = {"/etc/my-ca.pem", ""},
                                              .imager = "/usr/libexec/thumbmill-imager",
                                              .source_directory = "",
                                              .destination_directory = "",
                                              .ports = wanted,
                                              .n_ports = 2});

    cr_assert(has("read", "/etc/my-ca.pem"));
    cr_assert(has("execute", "/usr/libexec/thumbmill-imager"));
    cr_assert(has("read", "/etc/ssl/certs"));
    cr_assert_not(has("read", ""));
    cr_assert_eq(n_ports, 3);
    cr_assert_eq(ports[0], 443);
    cr_assert_eq(ports[2], 53, "names are looked up over TCP too");
    cr_assert_eq(privileges, PRIVILEGES_NONE);
    worker_rules_free(rules);
}

static WorkerReach reach_of(const char *source, const char *destination)
{
    return (WorkerReach){.ca_files = {"", ""},
                         .imager = "/usr/libexec/thumbmill-imager",
                         .source_directory = source,
                         .destination_directory = destination};
}

Test(worker_rules, a_directory_is_read_or_changed_and_without_ports)
{
    g_autofree char *in = g_build_filename(folder, "in", NULL);
    g_autofree char *out = g_build_filename(folder, "out", NULL);
    const WorkerReach reach = reach_of(in, out);
    WorkerRules *rules;

    cr_assert_eq(g_mkdir(in, 0755), 0);
    cr_assert_eq(g_mkdir(out, 0755), 0);
    rules = enter(&reach);
    cr_assert(has("read", in));
    cr_assert_not(has("change", in));
    cr_assert(has("change", out));
    cr_assert_eq(n_ports, 0);
    cr_assert_eq(privileges, PRIVILEGES_FILES);
    worker_rules_free(rules);
}

Test(worker_rules, links_are_followed_where_the_configuration_says_so)
{
    g_autofree char *link = g_build_filename(folder, "link", NULL);
    WorkerReach reach = reach_of(folder, "");
    WorkerRules *rules;

    cr_assert_eq(symlink("/etc", link), 0);
    rules = enter(&reach);
    cr_assert_not(has("read", link));
    worker_rules_free(rules);
    g_clear_pointer(&given, g_ptr_array_unref);
    reach.source_links = TRUE;
    rules = enter(&reach);
    cr_assert(has("read", link));
    worker_rules_free(rules);
    g_clear_pointer(&given, g_ptr_array_unref);
    reach = reach_of("", folder);
    rules = enter(&reach);
    cr_assert(has("change", link), "a link that we have made ourselves");
    worker_rules_free(rules);
}

Test(worker_rules, a_directory_that_was_replaced_is_no_longer_covered)
{
    g_autofree char *in = g_build_filename(folder, "in", NULL);
    g_autofree char *aside = g_build_filename(folder, "aside", NULL);
    const WorkerReach reach = reach_of(in, "");
    WorkerRules *rules;

    cr_assert_eq(g_mkdir(in, 0755), 0);
    rules = enter(&reach);
    cr_assert_null(worker_rules_broken(rules));
    cr_assert_eq(g_rename(in, aside), 0);
    cr_assert_null(worker_rules_broken(rules), "what is gone may come back");
    cr_assert_eq(g_mkdir(in, 0755), 0);
    cr_assert_str_eq(worker_rules_broken(rules), in);
    worker_rules_free(rules);
}

Test(worker_rules, a_sandbox_that_is_not_whole_is_an_error)
{
    const WorkerReach reach = reach_of("", "");
    g_autoptr(GError) error = NULL;
    SandboxState state;

    is_refused = TRUE;
    cr_assert_null(worker_rules_enter(&reach, &state, &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
}
