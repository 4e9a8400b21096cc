/* A child's questions to its parent, made by child_ask(): the child's side, which keeps the open questions,
 * and the parent's side, which answers. For child.c and worker.c. */
#pragma once

#include "concurrent/future.h"
#include "ipc/channel.h"

/* The most open questions of one child: more than a child has tasks, and few enough to keep their answers in
 * memory. A child that exceeds it is killed. */
#define CHILD_QUESTIONS_MAX 256u

typedef struct Questions Questions;

/* The child's side. channel is borrowed; futures belong to context. */
Questions *questions_new(Channel *channel, GMainContext *context);

/* questions may be NULL. */
void questions_free(Questions *questions);

/* Sends a question about a task of this child (its number, or 0 for none); value floating is sunk. The future
 * is the caller's, and is running. */
Future *questions_ask(Questions *questions, guint64 task, const char *name, GVariant *value);

/* Ends a question with a WIRE_ANSWER or WIRE_REFUSAL. A question that is not open is ignored. */
void questions_take(Questions *questions, guint32 message, GVariant *payload);

/* The parent is gone: open and later questions fail with ERROR_CANCELLED. */
void questions_close(Questions *questions);

/* The parent's side: whether a child has so many unread answers that it must have exceeded the limit of open
 * questions. tasks_in_flight is the child's limit; tasks may wait in its channel too. */
gboolean questions_are_too_many(const Channel *channel, guint tasks_in_flight);

/* Answers question `number` with answer (floating is sunk), or refuses it if answer is NULL, with the error
 * why. Takes ownership of both. */
void question_reply(Channel *channel, guint64 number, GVariant *answer, GError *why);
