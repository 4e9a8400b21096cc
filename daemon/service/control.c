#include "daemon/service/control.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/timer.h"
#include "daemon/service/unix_listener.h"

/* Connections that wait to be accepted or rejected. */
#define BACKLOG 64

/* How many groups of a user are searched. */
#define MAX_GROUPS 256

struct Control {
    ControlOptions options;
    GMainContext *context;
    char *path;
    gboolean has_group;
    gid_t group;
    int fd;
    GSource *listener;
    GPtrArray *clients; /* of Client, owned */
};

typedef struct {
    Control *control;
    int fd;
    GSource *source; /* waits for input, or until output can be sent */
    Timer *patience;
    GString *input;
    GString *output;   /* the part of the answer that is not sent yet */
    ControlCall *call; /* the open call, or NULL */
    gboolean may;      /* this client has permission */
} Client;

struct ControlCall {
    Client *client; /* NULL after the client has disconnected */
};

static void client_watch(Client *client, GIOCondition condition);

/* Closing a client */

static void client_free(void *data)
{
    Client *client = data;

    if (client->call != NULL)
        client->call->client = NULL;
    if (client->source != NULL) {
        g_source_destroy(client->source);
        g_source_unref(client->source);
    }
    timer_free(client->patience);
    g_string_free(client->input, TRUE);
    g_string_free(client->output, TRUE);
    fd_clear(&client->fd);
    g_free(client);
}

static void client_drop(Client *client)
{
    g_ptr_array_remove_fast(client->control->clients, client);
}

static void on_impatience(void *data)
{
    client_drop(data);
}

static void client_be_patient(const Client *client)
{
    timer_set(client->patience, clock_now_us() + CONTROL_PATIENCE_S * CLOCK_US_PER_S);
}

/* Answers */

/* Sends as much output as the socket accepts. FALSE if the client has disconnected. */
static gboolean client_flush(Client *client)
{
    while (client->output->len > 0) {
        const gssize n = send(client->fd, client->output->str, client->output->len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return FALSE;
        g_string_erase(client->output, 0, n);
    }
    client_watch(client, client->output->len > 0 ? G_IO_OUT : G_IO_IN);
    return TRUE;
}

static void client_say(Client *client, json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT);

    json_decref(answer);
    if (text != NULL && strlen(text) < CONTROL_MAX_ANSWER_BYTES)
        g_string_append(client->output, text);
    else
        g_string_append(client->output, "{\"ok\":false,\"error\":\"the response is too long\"}");
    g_string_append_c(client->output, '\n');
    free(text);
    client_be_patient(client);
}

/* Requests */

static void client_request(Client *client, const char *line, gsize size_bytes)
{
    g_auto(ControlRequest) request = {0};
    g_autoptr(GError) error = NULL;

    if (!client->may) {
        client_say(
            client,
            control_answer_error(
                "permission denied: only root, the daemon's user and members of control.group are allowed"));
    } else if (!control_request_parse(line, size_bytes, &request, &error)) {
        client_say(client, control_answer_error(error->message));
    } else {
        client->call = g_new0(ControlCall, 1);
        client->call->client = client;
        timer_unset(client->patience); /* the client has no time limit while we prepare the answer */
        client->control->options.on_request(client->call, &request, client->control->options.data);
        if (client->call != NULL)
            client_watch(client, G_IO_IN);
    }
}

/* Processes complete lines, one at a time. FALSE: the client must be dropped. */
static gboolean client_advance(Client *client)
{
    while (client->call == NULL && client->output->len == 0) {
        const char *newline = memchr(client->input->str, '\n', client->input->len);
        g_autofree char *line = NULL;
        gsize length;

        if (newline == NULL)
            break;
        length = (gsize)(newline - client->input->str);
        line = g_strndup(client->input->str, length);
        g_string_erase(client->input, 0, (gssize)length + 1);
        client_request(client, line, length);
        if (client->call == NULL && !client_flush(client))
            return FALSE;
    }
    return client->input->len < CONTROL_MAX_REQUEST_BYTES;
}

void control_answer(ControlCall *call, json_t *answer)
{
    Client *client = call->client;

    g_free(call);
    if (client == NULL) {
        json_decref(answer);
        return;
    }
    client->call = NULL;
    client_say(client, answer);
    client_watch(client, G_IO_OUT); /* continues in the main loop: this may be called within
                                     * client_advance() */
}

static gboolean client_read(Client *client)
{
    char buffer[CONTROL_MAX_REQUEST_BYTES];
    const gssize n = recv(client->fd, buffer, sizeof buffer - client->input->len, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return TRUE;
    if (n <= 0)
        return FALSE;
    g_string_append_len(client->input, buffer, n);
    return client_advance(client);
}

static gboolean client_ready(int fd, GIOCondition condition, void *data)
{
    Client *client = data;
    gboolean alive;

    (void)fd;
    if ((condition & G_IO_OUT) != 0)
        alive = client_flush(client) && client_advance(client);
    else
        alive = (condition & G_IO_IN) != 0 && client_read(client);
    if (!alive)
        client_drop(client);
    return G_SOURCE_CONTINUE;
}

/* Reads nothing until the open call is answered: a client that sends faster than it reads has to wait. */
static void client_watch(Client *client, GIOCondition condition)
{
    if (client->source != NULL) {
        g_source_destroy(client->source);
        g_source_unref(client->source);
    }
    client->source = g_unix_fd_source_new(client->fd, client->call != NULL ? G_IO_HUP : condition);
    g_source_set_callback(client->source, G_SOURCE_FUNC(client_ready), client, NULL);
    g_source_attach(client->source, client->control->context);
}

/* Permission of the peer */

static gboolean is_member(uid_t user, gid_t main_group, gid_t group)
{
    /* cppcheck-suppress getpwuidCalled ; this process has one thread */
    const struct passwd *entry = getpwuid(user);
    gid_t groups[MAX_GROUPS];
    int n = MAX_GROUPS;

    if (main_group == group)
        return TRUE;
    if (entry == NULL || getgrouplist(entry->pw_name, main_group, groups, &n) < 0)
        return FALSE;
    for (int i = 0; i < n; i++)
        if (groups[i] == group)
            return TRUE;
    return FALSE;
}

static gboolean peer_may(const Control *control, int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return FALSE;
    return peer.uid == 0 || peer.uid == geteuid() ||
           (control->has_group && is_member(peer.uid, peer.gid, control->group));
}

/* The listener */

static gboolean has_room(const Control *control, gboolean may)
{
    guint n = 0;

    for (guint i = 0; i < control->clients->len; i++)
        n += ((const Client *)control->clients->pdata[i])->may == may ? 1 : 0;
    return n < (may ? CONTROL_MAX_CLIENTS : CONTROL_MAX_STRANGERS);
}

static gboolean on_connection(int listener, GIOCondition condition, void *data)
{
    Control *control = data;
    /* cppcheck-suppress nullPointer ; accept(2): the address may be NULL */
    autofd int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    const gboolean may = fd >= 0 && peer_may(control, fd);
    Client *client;

    (void)condition;
    if (fd < 0 || !has_room(control, may))
        return G_SOURCE_CONTINUE; /* fd is closed on return */
    client = g_new0(Client, 1);
    client->control = control;
    client->may = may;
    client->fd = fd_steal(&fd);
    client->input = g_string_new(NULL);
    client->output = g_string_new(NULL);
    client->patience = timer_new(control->context, on_impatience, client);
    g_ptr_array_add(control->clients, client);
    client_be_patient(client);
    client_watch(client, G_IO_IN);
    return G_SOURCE_CONTINUE;
}

static gboolean control_bind(Control *control, GError **error)
{
    const char *path = control->path;

    control->fd = unix_listener_bind(path, error);
    if (control->fd < 0)
        return FALSE;
    if ((!control->has_group || chown(path, (uid_t)-1, control->group) == 0) &&
        chmod(path, control->options.mode) == 0 && listen(control->fd, BACKLOG) == 0)
        return TRUE;
    error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
    (void)unlink(path);
    return FALSE;
}

static gboolean control_find_group(Control *control, GError **error)
{
    const struct group *entry;

    if (control->options.group == NULL)
        return TRUE;
    /* cppcheck-suppress getgrnamCalled ; this process has one thread */
    entry = getgrnam(control->options.group);
    if (entry == NULL) {
        error_set(error, ERROR_CONFIG, "control.group: there is no group '%s'", control->options.group);
        return FALSE;
    }
    control->group = entry->gr_gid;
    control->has_group = TRUE;
    return TRUE;
}

Control *control_new(const ControlOptions *options, GMainContext *context, GError **error)
{
    Control *control = g_new0(Control, 1);

    control->options = *options;
    control->context = g_main_context_ref(context);
    control->path = g_strdup(options->path);
    control->fd = -1;
    control->clients = g_ptr_array_new_with_free_func(client_free);
    if (!control_find_group(control, error) || !control_bind(control, error)) {
        control_free(control);
        return NULL;
    }
    control->listener = g_unix_fd_source_new(control->fd, G_IO_IN);
    g_source_set_callback(control->listener, G_SOURCE_FUNC(on_connection), control, NULL);
    g_source_attach(control->listener, context);
    return control;
}

void control_free(Control *control)
{
    if (control == NULL)
        return;
    if (control->listener != NULL) {
        g_source_destroy(control->listener);
        g_source_unref(control->listener);
        (void)unlink(control->path);
    }
    g_ptr_array_unref(control->clients);
    fd_clear(&control->fd);
    g_main_context_unref(control->context);
    g_free(control->path);
    g_free(control);
}
