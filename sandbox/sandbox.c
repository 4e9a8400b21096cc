#include "sandbox/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "sandbox/denial.h"
#include "sandbox/imager_filter.h"
#include "sandbox/landlock.h"
#include "sandbox/own_fstat.h"
#include "sandbox/worker_filter.h"

/* For the channel, a descriptor per rendition (LIMIT_OUTPUTS), the object, and descriptors that libraries
 * keep open. */
#define MAX_DESCRIPTORS 256

/* What a process is confined for. */
typedef struct {
    const SandboxRules *rules; /* for a worker; else NULL */
    gboolean serves;           /* accepts connections; else, without rules, an imager */
} Purpose;

/* deny: the action for unexpected calls. Returns 0, or a negative errno. */
static int filter_fill(scmp_filter_ctx filter, const Purpose *purpose, guint32 deny)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result != 0)
        return result;
    return purpose->rules != NULL ? worker_filter_fill(filter, deny, purpose->rules)
                                  : imager_filter_fill(filter, purpose->serves);
}

/* Returns 0 or an errno. */
static int filter_load(const Purpose *purpose)
{
    const guint32 deny = denial_is_noted() ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(EPERM);
    scmp_filter_ctx filter = seccomp_init(purpose->rules != NULL ? SCMP_ACT_ALLOW : deny);
    int result = -ENOMEM;

    if (filter != NULL)
        result = denial_start() ? filter_fill(filter, purpose, deny) : -errno;
    if (result == 0) {
        errno = 0;
        result = seccomp_load(filter);
        /* its own result is one of a few values, whatever the kernel's error */
        if (result != 0 && errno != 0)
            result = -errno;
    }
    if (filter != NULL)
        seccomp_release(filter);
    return -result;
}

static gboolean limit_set(__rlimit_resource_t resource, guint64 value, const char *name, GError **error)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) == 0) {
        /* Keeps a limit that is already lower. */
        limit.rlim_max = MIN(limit.rlim_max, (rlim_t)value);
        limit.rlim_cur = MIN(limit.rlim_cur, limit.rlim_max);
        if (setrlimit(resource, &limit) == 0)
            return TRUE;
    }
    error_set_errno(error, ERROR_INTERNAL, errno, "limiting %s", name);
    return FALSE;
}

gboolean sandbox_limits(const SandboxLimits *limits, GError **error)
{
    if (!limit_set(RLIMIT_CORE, 0, "core dumps", error) ||
        !limit_set(RLIMIT_NOFILE, MAX_DESCRIPTORS, "descriptors", error))
        return FALSE;
    if (limits->max_file_bytes > 0) {
        /* Unless it is ignored or handled, the signal kills; ignored, write() fails with EFBIG. */
        signal(SIGXFSZ, SIG_IGN);
        if (!limit_set(RLIMIT_FSIZE, limits->max_file_bytes, "file size", error))
            return FALSE;
    }
    return limits->max_data_bytes == 0 || limit_set(RLIMIT_DATA, limits->max_data_bytes, "memory", error);
}

gboolean sandbox_allows_jit(void)
{
    gsize size = (gsize)sysconf(_SC_PAGESIZE);
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED)
        return FALSE;
    munmap(map, size);
    return TRUE;
}

static void enter_landlock(const SandboxRules *rules, SandboxState *state)
{
    state->landlock_abi = landlock_abi();
    state->landlock_errno = state->landlock_abi == 0 ? errno : landlock_confine(state->landlock_abi, rules);
}

/* Whether the calling thread is the only one of this process. FALSE if /proc cannot be read. */
static gboolean is_only_thread(void)
{
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *entry;
    guint n = 0;

    if (tasks == NULL)
        return FALSE;
    while ((entry = readdir(tasks)) != NULL)
        n += entry->d_name[0] != '.' ? 1 : 0;
    closedir(tasks);
    return n == 1;
}

/* Whether an error of seccomp(2) means that it is unavailable: the kernel was built without it, or a filter
 * forbids it. Other errors are bugs of ours. */
static gboolean is_lack(int code)
{
    return code == ENOSYS || code == EPERM || code == EACCES || code == EINVAL || code == EOPNOTSUPP;
}

static gboolean enter(const Purpose *purpose, Privileges keep, SandboxDemand demand, SandboxState *ret_state,
                      GError **error)
{
    SandboxState state = {0};
    const gboolean is_alone = is_only_thread();
    g_autofree char *lacks = NULL;

    if (purpose->rules == NULL && !own_fstat_is_used()) {
        error_set(error, ERROR_INTERNAL, "libraries of this program do not call its own fstat()");
        return FALSE;
    }
    if (!privileges_forbid_new()) {
        error_set_errno(error, ERROR_INTERNAL, errno, "prctl");
        return FALSE;
    }
    privileges_hide();
    if (!privileges_drop(keep, error))
        return FALSE;
    enter_landlock(purpose->rules, &state);
    state.seccomp_errno = filter_load(purpose);
    if (state.seccomp_errno != 0 && !is_lack(state.seccomp_errno)) {
        error_set_errno(error, ERROR_INTERNAL, state.seccomp_errno, "seccomp filter");
        return FALSE;
    }
    /* Other threads are covered only by seccomp's filter. */
    if (!is_alone && state.seccomp_errno != 0 && state.landlock_errno == 0)
        state.landlock_errno = EBUSY;
    lacks = sandbox_lacks(&state);
    if (lacks != NULL && demand == SANDBOX_REQUIRED) {
        error_set(error, ERROR_CONFIG, "no %s", lacks);
        return FALSE;
    }
    *ret_state = state;
    return TRUE;
}

gboolean sandbox_enter(SandboxDemand demand, SandboxState *ret_state, GError **error)
{
    return enter(&(Purpose){0}, PRIVILEGES_NONE, demand, ret_state, error);
}

gboolean sandbox_enter_web(SandboxDemand demand, SandboxState *ret_state, GError **error)
{
    return enter(&(Purpose){.serves = TRUE}, PRIVILEGES_NONE, demand, ret_state, error);
}

gboolean sandbox_enter_worker(const SandboxRules *rules, Privileges keep, SandboxDemand demand,
                              SandboxState *ret_state, GError **error)
{
    return enter(&(Purpose){.rules = rules}, keep, demand, ret_state, error);
}

char *sandbox_lacks(const SandboxState *state)
{
    const struct {
        const char *name;
        int code;
    } layers[] = {{"seccomp", state->seccomp_errno}, {"Landlock", state->landlock_errno}};
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(layers); i++) {
        if (layers[i].code != 0)
            g_string_append_printf(out, "%s%s (%s)", out->len > 0 ? " and no " : "", layers[i].name,
                                   g_strerror(layers[i].code));
    }
    return out->len > 0 ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

char *sandbox_take_denied(void)
{
    return denial_take();
}

char *sandbox_denied(void)
{
    return denial_list();
}

char *sandbox_describe_landlock(const SandboxState *state)
{
    const int abi = state->landlock_abi;

    if (abi >= LANDLOCK_ABI_SCOPES)
        return g_strdup_printf("version %d: files, TCP, signals", abi);
    if (abi >= LANDLOCK_ABI_NETWORK)
        return g_strdup_printf("version %d: files, TCP; signals from Linux 6.12 on", abi);
    return g_strdup_printf("version %d: files; TCP from Linux 6.7 on, signals from 6.12 on", abi);
}
