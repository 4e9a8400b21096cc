#include "sandbox/denial.h"

#include <errno.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

/* System call numbers are below 500 on all 64-bit architectures. */
#define MAX_NUMBER 1024

/* The text before and after a name. */
#define PREFIX "system call '"
#define SUFFIX "' is not allowed by the sandbox\n"

/* Filled before the handler is installed, because libseccomp allocates the names. */
static struct {
    char *name; /* of the call, or its number in digits if libseccomp does not know it */
    gboolean is_known;
} calls[MAX_NUMBER];

/* Set by the handler, in any thread. noted: denied since the last denial_take(); written: ever reported on
 * standard error. */
static gint noted[MAX_NUMBER], written[MAX_NUMBER];

#if defined(__x86_64__)
#define HAS_REGISTERS TRUE
static void set_result(ucontext_t *context, long result)
{
    context->uc_mcontext.gregs[REG_RAX] = result;
}
#elif defined(__aarch64__)
#define HAS_REGISTERS TRUE
static void set_result(ucontext_t *context, long result)
{
    context->uc_mcontext.regs[0] = (unsigned long)result;
}
#else
#define HAS_REGISTERS FALSE
static void set_result(ucontext_t *context, long result)
{
    (void)context;
    (void)result;
}
#endif

gboolean denial_is_noted(void)
{
    return HAS_REGISTERS;
}

/* Async-signal-safe. Errors of standard error are ignored. */
static void write_name(const char *name)
{
    char line[128] = PREFIX;
    gsize length = sizeof PREFIX - 1;

    while (*name != '\0' && length < sizeof line - sizeof SUFFIX)
        line[length++] = *name++;
    memcpy(line + length, SUFFIX, sizeof SUFFIX - 1);
    length += sizeof SUFFIX - 1;
    if (write(STDERR_FILENO, line, length) < 0)
        return;
}

static void on_denied(int signal, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    const guint number = (guint)info->si_syscall;
    const gboolean is_known = number < MAX_NUMBER && calls[number].is_known;

    (void)signal;
    if (number < MAX_NUMBER) {
        g_atomic_int_set(&noted[number], 1);
        if (g_atomic_int_compare_and_exchange(&written[number], 0, 1))
            write_name(calls[number].name);
    }
    /* The C library tries calls that an older kernel may lack, and falls back only after ENOSYS. */
    set_result(context, is_known ? -EPERM : -ENOSYS);
    errno = saved_errno;
}

static void name_calls(void)
{
    for (int i = 0; i < MAX_NUMBER && calls[i].name == NULL; i++) {
        char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), i);

        calls[i].is_known = name != NULL;
        calls[i].name = name != NULL ? name : g_strdup_printf("%d", i);
    }
}

gboolean denial_start(void)
{
    struct sigaction action = {.sa_sigaction = on_denied, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    sigset_t set;

    name_calls();
    sigemptyset(&action.sa_mask);
    sigemptyset(&set);
    sigaddset(&set, SIGSYS);
    if (sigaction(SIGSYS, &action, NULL) != 0)
        return FALSE;
    errno = pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return errno == 0;
}

/* Returns the names of the calls whose flag is set, and sets these flags to left. Owned by the caller; NULL
 * if no flag is set. */
static char *names_of(gint *flags, gint left)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; i < MAX_NUMBER; i++) {
        if (g_atomic_int_compare_and_exchange(&flags[i], 1, left))
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", calls[i].name);
    }
    return out->len > 0 ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

char *denial_take(void)
{
    return names_of(noted, 0);
}

char *denial_list(void)
{
    return names_of(written, 1);
}
