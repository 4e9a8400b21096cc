/* A child's questions to its parent, which child_ask() makes: the child's side, which knows those that are
 * open, and the parent's, which answers. For child.c and worker.c. */
#pragma once

#include "concurrent/future.h"
#include "ipc/channel.h"

/* Questions of one child that may be open at a time: more than a child has tasks, few enough for their
 * answers to wait in memory. A child that does not keep to it is killed. */
#define CHILD_QUESTIONS_MAX 256u

typedef struct Questions Questions;

/* The child's side. channel is borrowed; futures belong to context. */
Questions *questions_new(Channel *channel, GMainContext *context);

/* NULL is allowed. */
void questions_free(Questions *questions);

/* Sends a question about a task of this child (its number; 0: about none); value floating is sunk. The future
 * is the caller's, and runs. */
Future *questions_ask(Questions *questions, guint64 task, const char *name, GVariant *value);

/* Ends a question with a WIRE_ANSWER or WIRE_REFUSAL. One that is not open is ignored. */
void questions_take(Questions *questions, guint32 message, GVariant *payload);

/* The parent is gone: what is open fails with ERROR_CANCELLED, and so does what is asked later. */
void questions_close(Questions *questions);

/* The parent's side: whether a child has so many answers still to read that it must have asked more than it
 * may. tasks_in_flight: of the child; tasks may wait for it too. */
gboolean questions_are_too_many(const Channel *channel, guint tasks_in_flight);

/* Answers question `number` with answer (floating is sunk); or NULL, and why it is refused. Both are taken.
 */
void question_reply(Channel *channel, guint64 number, GVariant *answer, GError *why);
