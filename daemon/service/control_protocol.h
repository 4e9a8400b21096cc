/* What is said over the control socket: one JSON object per line, a request by the client and one answer to
 * each. Pure.
 *
 *   {"command": "status"}                       -> {"ok": true, ...}
 *   {"command": "log-level", "value": "debug"}  -> {"ok": true}
 *   anything else                               -> {"ok": false, "error": "no such command: 'x'"} */
#pragma once

#include <glib.h>
#include <jansson.h>

/* Of a request, with its newline. Real ones are below 100. */
#define CONTROL_MAX_REQUEST_BYTES 4096u

/* Of an answer: the workers of the largest machine stay below. */
#define CONTROL_MAX_ANSWER_BYTES (4u << 20)

typedef struct {
    char *command;
    char *value; /* what the command is about; NULL: nothing was given */
} ControlRequest;

/* Reads one line, without its newline. Class ERROR_INPUT. */
gboolean control_request_parse(const char *line, gsize size_bytes, ControlRequest *ret_request,
                               GError **error);

/* The line of a request, with its newline. value may be NULL. Owned by the caller. */
char *control_request_format(const char *command, const char *value);

void control_request_clear(ControlRequest *request);

/* An answer, owned by the caller: that it went well, to be added to; that it did not, and why. */
json_t *control_answer_ok(void);
json_t *control_answer_error(const char *reason);

/* The value of a dictionary in an answer: of types b, i, u, x, t, d, s, a{sv} and arrays of these. Owned by
 * the caller. */
json_t *control_json_from_variant(GVariant *variant);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ControlRequest, control_request_clear)
