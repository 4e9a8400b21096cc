#include "concurrent/leftovers.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Sessions in which processes were found. Their numbers stay taken as long as one is there. */
static GArray *sessions;

/* The numbers of this process's children, each followed by a space; NULL if the kernel does not list them
 * (CONFIG_PROC_CHILDREN). While none is reaped no child can be missed: the list only grows, at its end. */
static char *list_children(void)
{
    g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", getpid());
    char *text = NULL;

    (void)g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

/* Returns whether there was a member. One that has ended counts until it is reaped: its children may have
 * come here after they were listed. */
static gboolean kill_members(pid_t session)
{
    g_autofree char *children = list_children();
    gboolean found = FALSE;
    char *end = children;

    for (char *at = children; at != NULL && *at != '\0'; at = end) {
        const pid_t pid = (pid_t)strtol(at, &end, 10);

        if (end == at)
            break;
        while (*end == ' ')
            end++;
        if (pid == session || getsid(pid) != session)
            continue;
        (void)kill(pid, SIGKILL); /* nobody else reaps it, so its number is still its own */
        found = TRUE;
    }
    return found;
}

void leftovers_kill(pid_t session)
{
    if (!kill_members(session))
        return;
    if (sessions == NULL)
        sessions = g_array_new(FALSE, FALSE, sizeof(pid_t));
    g_array_append_val(sessions, session);
}

gboolean leftovers_kill_again(void)
{
    if (sessions == NULL)
        return FALSE;
    for (guint i = sessions->len; i > 0; i--)
        if (!kill_members(g_array_index(sessions, pid_t, i - 1)))
            g_array_remove_index_fast(sessions, i - 1);
    if (sessions->len == 0)
        g_clear_pointer(&sessions, g_array_unref);
    return sessions != NULL;
}
