/* The protocol of the control socket: one JSON object per line, from the client a request, and one answer to
 * each. Pure.
 *
 *   {"command": "status"}                       -> {"ok": true, ...}
 *   {"command": "log-level", "value": "debug"}  -> {"ok": true}
 *   anything else                               -> {"ok": false, "error": "no such command: 'x'"} */
#pragma once

#include <glib.h>
#include <jansson.h>

/* Limit of a request, including its newline. Real requests are below 100 bytes. */
#define CONTROL_MAX_REQUEST_BYTES 4096u

/* Limit of an answer: the list of workers of the largest machine is shorter. */
#define CONTROL_MAX_ANSWER_BYTES (4u << 20)

typedef struct {
    char *command;
    char *value; /* the command's argument, or NULL */
} ControlRequest;

/* Parses one line, without its newline. Class ERROR_INPUT. */
gboolean control_request_parse(const char *line, gsize size_bytes, ControlRequest *ret_request,
                               GError **error);

/* A request as a line, including the newline. value may be NULL. Owned by the caller. */
char *control_request_format(const char *command, const char *value);

void control_request_clear(ControlRequest *request);

/* An answer, owned by the caller: success, to which members can be added; or failure, with its reason. */
json_t *control_answer_ok(void);
json_t *control_answer_error(const char *reason);

/* Converts a variant for an answer: the types b, i, u, x, t, d, s, a{sv} and arrays of these. Owned by the
 * caller. */
json_t *control_json_from_variant(GVariant *variant);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ControlRequest, control_request_clear)
